#include "cli/command.h"

#include "audio/audio.h"
#include "capture/capture.h"
#include "cli/version.h"
#include "console/assets.h"
#include "display/display.h"
#include "encode/encoder.h"
#include "input/injector.h"
#include "library/library.h"
#include "net/discovery.h"
#include "punktfunk/seal.h"

#include <stdio.h>

/* What seals the packets on this machine. */
static const char *sealing(struct pf_sealer **ret_sealer)
{
    static const uint8_t key[16];
    const struct pf_seal_config config = {.cipher = PF_WIRE_CIPHER_AES128_GCM, .key = key};
    return pf_sealer_create(&config, ret_sealer) < 0 ? "none" : pf_sealer_backend(*ret_sealer);
}

int pf_command_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct pf_sealer *sealer = NULL;
    printf("punktfunk-host %s\ncore ABI: %d\n", PF_VERSION, PF_ABI_VERSION);
    printf("virtual displays:");
    for (size_t i = 0; pf_display_backends[i]; i++)
        printf(" %s", pf_display_backends[i]->name);
    printf("\ncapture:");
    for (size_t i = 0; pf_capture_backends[i]; i++)
        printf(" %s", pf_capture_backends[i]->name);
    printf("\nencoders:");
    for (size_t i = 0; pf_encoder_backends[i]; i++)
        printf(" %s", pf_encoder_backends[i]->name);
    printf("\ninput:");
    for (size_t i = 0; pf_input_backends[i]; i++)
        printf(" %s", pf_input_backends[i]->name);
    printf("\naudio: %s\ndiscovery: %s\nsealing: %s\n", pf_audio_available() ? "pipewire" : "none",
        pf_discovery_kind, sealing(&sealer));
    printf("games: steam heroic %s\npictures of games: %s\n", pf_library_lutris, pf_library_fetch);
    printf("console: %s\n", pf_asset_shell() ? "yes" : "no, built without web/dist");
    pf_sealer_destroy(sealer);
    return 0;
}
