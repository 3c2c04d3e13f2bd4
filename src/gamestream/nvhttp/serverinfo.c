#include "gamestream/nvhttp/serverinfo.h"

#include "gamestream/well_known.h"
#include "media/mode.h"

#include <stddef.h>

#define MAX_LUMA 1869449984

uint32_t pf_gs_codec_mode_support(unsigned codecs)
{
    return (codecs & PF_CODEC_H264 ? 0x1u : 0) | (codecs & PF_CODEC_HEVC ? 0x100u : 0) |
           (codecs & PF_CODEC_AV1 ? 0x10000u : 0);
}

/* One client refuses modes that are not listed, unless told otherwise; any even mode is good. */
static void write_modes(struct pf_gs_xml *x)
{
    static const unsigned sizes[][2] = {{1280, 720}, {1920, 1080}, {2560, 1440}, {3840, 2160}};
    static const unsigned rates[] = {30, 60, 120};
    pf_gs_xml_open(x, "SupportedDisplayMode");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (size_t j = 0; j < sizeof(rates) / sizeof(rates[0]); j++) {
            pf_gs_xml_open(x, "DisplayMode");
            pf_gs_xml_number(x, "Width", sizes[i][0]);
            pf_gs_xml_number(x, "Height", sizes[i][1]);
            pf_gs_xml_number(x, "RefreshRate", rates[j]);
            pf_gs_xml_close(x, "DisplayMode");
        }
    pf_gs_xml_close(x, "SupportedDisplayMode");
}

void pf_gs_serverinfo_write(struct pf_gs_xml *x, const struct pf_gs_serverinfo *s)
{
    uint32_t app = s->paired ? s->current_app : 0;
    pf_gs_xml_text(x, "hostname", s->hostname);
    pf_gs_xml_text(x, "appversion", PF_GAMESTREAM_APP_VERSION);
    pf_gs_xml_text(x, "GfeVersion", PF_GAMESTREAM_GFE_VERSION);
    pf_gs_xml_text(x, "uniqueid", s->uniqueid);
    pf_gs_xml_number(x, "HttpsPort", s->https_port);
    pf_gs_xml_number(x, "ExternalPort", s->http_port);
    pf_gs_xml_number(x, "MaxLumaPixelsHEVC", s->codecs & PF_CODEC_HEVC ? MAX_LUMA : 0);
    pf_gs_xml_text(x, "mac", s->paired && s->mac[0] ? s->mac : "00:00:00:00:00:00");
    pf_gs_xml_text(x, "LocalIP", s->local_ip);
    pf_gs_xml_number(x, "ServerCodecModeSupport", pf_gs_codec_mode_support(s->codecs));
    pf_gs_xml_number(x, "PairStatus", s->paired);
    pf_gs_xml_number(x, "currentgame", app);
    pf_gs_xml_text(x, "state", app ? "SUNSHINE_SERVER_BUSY" : "SUNSHINE_SERVER_FREE");
    write_modes(x);
}
