/* punktfunk-host: chooses the subcommand. */
#include "base/guard.h"
#include "base/log.h"
#include "cli/command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct pf_command commands[] = {
    {"serve", "run the host: displays, streams, management API", pf_command_serve},
    {"punktfunk1-host", "run the punktfunk/1 protocol alone, without management API",
        pf_command_punktfunk1_host},
    {"pair", "let one device pair with the running host", pf_command_pair},
    {"console-link", "show where the password of the web console is chosen", pf_command_console_link},
    {"status", "say what the running host does", pf_command_status},
    {"devices", "list paired and waiting devices", pf_command_devices},
    {"displays", "list virtual displays, or remove kept ones", pf_command_displays},
    {"sessions", "list connected clients", pf_command_sessions},
    {"logs", "show the running host's log", pf_command_logs},
    {"probe-compositor", "say whether virtual displays can be made now", pf_command_probe_compositor},
    {"recover", "put the desktop back in order after a host was killed", pf_command_recover},
    {"doctor", "say what is missing on this machine, and what mends it", pf_command_doctor},
    {"input-test", "play some input into this desktop, to see that it arrives", pf_command_input_test},
    {"gamepad-test", "make a gamepad without a client, and say what games do with it",
        pf_command_gamepad_test},
    {"dualsense-test", "the same with a DualSense", pf_command_dualsense_test},
    {"dualshock4-test", "the same with a DualShock 4", pf_command_dualshock4_test},
    {"library", "list the games of this machine", pf_command_library},
    {"openapi", "print the description of the management API", pf_command_openapi},
    {"version", "show version and features", pf_command_version},
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct pf_command *find_command(const char *name)
{
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        name = "version";
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int show_help(void)
{
    fputs("usage: punktfunk-host COMMAND [OPTIONS]\n\n"
          "Play the games and use the desktop of this machine from another device.\n\n",
        stderr);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stderr, "  %-17s %s\n", commands[i].name, commands[i].summary);
    fputs("\npunktfunk-host COMMAND --help lists the options of a command.\n", stderr);
    return 0;
}

static bool is_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0;
}

static int refuse(const char *word)
{
    const char *nearest = pf_nearest_name(word, &commands[0].name, COMMAND_COUNT, sizeof(commands[0]));
    fprintf(stderr, "error: there is no command \"%s\"", word);
    if (nearest)
        fprintf(stderr, "; did you mean \"%s\"?", nearest);
    fputs("\ntry: punktfunk-host --help\n", stderr);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], PF_GUARD_COMMAND) == 0) /* for the host's own use: it starts itself */
        return pf_guard_main(argv + 2);
    pf_log_init();
    signal(SIGPIPE, SIG_IGN); /* a peer that left is reported by the call that writes to it */
    if (argc < 2 || is_help(argv[1]))
        return show_help();
    const struct pf_command *command = find_command(argv[1]);
    return command ? command->run(argc - 1, argv + 1) : refuse(argv[1]);
}
