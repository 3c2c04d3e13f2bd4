#include "cli/command.h"

#include "cli/version.h"
#include "display/display.h"
#include "encode/encoder.h"
#include "input/injector.h"
#include "net/discovery.h"

#include <stdio.h>

int pf_command_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf("punktfunk-host %s\ncore ABI: %d\n", PF_VERSION, PF_ABI_VERSION);
    printf("virtual displays:");
    for (size_t i = 0; pf_display_backends[i]; i++)
        printf(" %s", pf_display_backends[i]->name);
    printf("\nencoders:");
    for (size_t i = 0; pf_encoder_backends[i]; i++)
        printf(" %s", pf_encoder_backends[i]->name);
    printf("\ninput:");
    for (size_t i = 0; pf_input_backends[i]; i++)
        printf(" %s", pf_input_backends[i]->name);
    printf("\ndiscovery: %s\n", pf_discovery_kind);
    return 0;
}
