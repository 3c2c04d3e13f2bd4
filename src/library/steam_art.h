/* Pictures of Steam's titles. All of it blocks. */
#ifndef PF_LIBRARY_STEAM_ART_H
#define PF_LIBRARY_STEAM_ART_H

#include "library/library.h"
#include "library/places.h"

#include <pthread.h>
#include <stdint.h>

#define PF_ART_MAX     (8u << 20)
#define PF_ART_MISSES  256u
#define PF_ART_FETCHES 2u /* at once: whoever asks for pictures must not keep all workers busy */

/* What Steam's servers did not have is not asked for again for a while. Any thread. */
struct pf_art_misses {
    pthread_mutex_t lock;
    struct {
        uint32_t appid;
        const char *kind;
        uint64_t until_ns;
    } entries[PF_ART_MISSES];
    unsigned next;
    unsigned fetching;
};
void pf_art_misses_init(struct pf_art_misses *misses);
void pf_art_misses_finish(struct pf_art_misses *misses);

bool pf_steam_art_kind(const char *kind);

/* From the files of an installed Steam. -ENOENT. */
int pf_steam_art_local(
    const struct pf_places *places, uint32_t appid, const char *kind, struct pf_art *ret_art);
/* From its servers. -ENOENT, also if they cannot be reached; -EBUSY if enough is fetched already. */
int pf_steam_art_remote(
    struct pf_art_misses *misses, uint32_t appid, const char *kind, struct pf_art *ret_art);

/* The media type by the first bytes; NULL: it is no picture that browsers show. */
const char *pf_image_media(const void *data, size_t len);

/* Gets a URL over HTTPS: at most PF_ART_MAX bytes within 10 s. -EPROTO: there is none; -ENOTSUP: this build
 * cannot. */
int pf_fetch(const char *url, void **ret_data, size_t *ret_len);

#endif
