/* The subcommands of punktfunk-host. */
#ifndef PF_CLI_COMMAND_H
#define PF_CLI_COMMAND_H

#include "base/args.h"

struct pf_command {
    const char *name;
    const char *summary; /* one line for the list */
    /* argv[0] is the command's name. Returns the exit status: 0 or 1. */
    int (*run)(int argc, char **argv);
};

int pf_command_serve(int argc, char **argv);
int pf_command_punktfunk1_host(int argc, char **argv);
int pf_command_pair(int argc, char **argv);
int pf_command_status(int argc, char **argv);
int pf_command_devices(int argc, char **argv);
int pf_command_displays(int argc, char **argv);
int pf_command_sessions(int argc, char **argv);
int pf_command_logs(int argc, char **argv);
int pf_command_library(int argc, char **argv);
int pf_command_openapi(int argc, char **argv);
int pf_command_probe_compositor(int argc, char **argv);
int pf_command_recover(int argc, char **argv);
int pf_command_doctor(int argc, char **argv);
int pf_command_input_test(int argc, char **argv);
int pf_command_gamepad_test(int argc, char **argv);
int pf_command_dualsense_test(int argc, char **argv);
int pf_command_dualshock4_test(int argc, char **argv);
int pf_command_console_link(int argc, char **argv);
int pf_command_version(int argc, char **argv);

struct pf_usage {
    const char *about; /* a paragraph, with a final newline */
    const struct pf_arg *options;
    size_t count; /* at most 24 */
};

/* Parses the options of a subcommand, and --help, which needs no listing. True: go on. False: the help or an
 * error was printed; exit with *ret_status. */
bool pf_command_parse(const struct pf_usage *usage, int argc, char **argv, int *ret_status);

/* Logs the line that says which host this is. */
void pf_command_log_version(void);

/* For options of the kind PARSED whose target is a uint16_t: 0 to 65535. */
int pf_parse_port(const char *text, void *target, struct pf_error *err);

/* Value of an environment variable that stands for an option: parsed into the target, nothing if it is unset.
 * Errors: the same as for the option, with the variable's name in front. */
int pf_option_from_env(const char *variable,
    int (*parse)(const char *text, void *target, struct pf_error *err), void *target, struct pf_error *err);

#endif
