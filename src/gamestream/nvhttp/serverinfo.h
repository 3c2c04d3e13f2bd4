/* /serverinfo (docs/spec/gamestream.md 2.3). Pure. */
#ifndef PF_GAMESTREAM_NVHTTP_SERVERINFO_H
#define PF_GAMESTREAM_NVHTTP_SERVERINFO_H

#include "gamestream/nvhttp/xml.h"

#include <stdbool.h>
#include <stdint.h>

struct pf_gs_serverinfo {
    const char *hostname, *uniqueid;
    uint16_t http_port, https_port;
    const char *local_ip; /* IPv4; "127.0.0.1" on IPv6 connections */
    unsigned codecs;      /* mask of enum pf_codec that can be encoded */
    bool paired;          /* the members below count */
    const char *mac;      /* "aa:bb:cc:dd:ee:ff"; "": not known */
    uint32_t current_app; /* that this client runs or may resume; 0: none */
};

/* ServerCodecModeSupport. */
uint32_t pf_gs_codec_mode_support(unsigned codecs);

void pf_gs_serverinfo_write(struct pf_gs_xml *x, const struct pf_gs_serverinfo *info);

#endif
