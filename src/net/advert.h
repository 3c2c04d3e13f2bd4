/* What the host says about itself on the local network, and reading what other hosts say: names and the TXT
 * record of `_punktfunk._udp` (punktfunk1-control.md 7). Pure; any thread.
 *
 * All of it is advice from strangers: a client that connects checks the certificate, whatever was announced.
 */
#ifndef PF_NET_ADVERT_H
#define PF_NET_ADVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_ADVERT_SERVICE    "_punktfunk._udp"
#define PF_ADVERT_GAMESTREAM "_nvstream._tcp" /* gamestream.md 1: the same name, no TXT record */

#define PF_ADVERT_NAME_SIZE 64u /* with the NUL; a DNS label has 63 bytes */
#define PF_ADVERT_MACS      4u
#define PF_ADVERT_MAC_SIZE  18u /* "aa:bb:cc:dd:ee:ff" */
#define PF_ADVERT_TXT_SIZE  512u

struct pf_advert {
    char name[PF_ADVERT_NAME_SIZE]; /* shown to people */
    char host[PF_ADVERT_NAME_SIZE]; /* name of the machine, without ".local" */
    uint16_t port;                  /* UDP port of QUIC */
    char fingerprint[65];           /* of the certificate, lowercase hex; "": not said */
    bool pairing_required;
    char id[65];        /* content of the file `uniqueid`; "": not said */
    uint16_t mgmt_port; /* TCP port of the management API; 0: there is none */
    char macs[PF_ADVERT_MACS]
             [PF_ADVERT_MAC_SIZE]; /* lowercase, for wake-on-LAN, best first; "" after the last */
    uint16_t gamestream_port;      /* TCP port of nvhttp; 0: that plane does not run */
    char os[32];                   /* "linux/debian"; "": not said */
};

/* Cuts the text to 63 bytes of whole UTF-8 characters and replaces control characters and what is no UTF-8
 * by '?'. Returns out. */
char *pf_advert_clean(const char *text, size_t len, char out[PF_ADVERT_NAME_SIZE]);

/* Turns a display name into the name of a machine: characters other than ASCII letters, digits, hyphen and
 * dot become hyphens; at most 63; hyphens and dots at the ends go; "punktfunk-host" if nothing is left. */
char *pf_advert_target(const char *name, char out[PF_ADVERT_NAME_SIZE]);

/* Writes the TXT record as it is on the wire, strings with a length byte each. Returns its length. */
size_t pf_advert_write_txt(const struct pf_advert *advert, uint8_t out[PF_ADVERT_TXT_SIZE]);

/* Reads a TXT record of a stranger: takes what is well-formed, ignores the rest; name, host and port stay
 * zero. -EPROTO if the host speaks another protocol, -EBADMSG if a string runs past the end. */
int pf_advert_read_txt(const uint8_t *txt, size_t len, struct pf_advert *ret_advert);

/* "linux/<ID>" with the ID of the given os-release file, or "linux". Returns out. */
char *pf_advert_os(const char *os_release, char out[32]);

#endif
