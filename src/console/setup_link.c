#include "console/setup_link.h"

#include "base/file.h"
#include "base/hex.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "console-setup"
#define FILE_MAX  256u
#define DIGEST    crypto_generichash_BYTES

static void digest_of(const char *token, uint8_t out[DIGEST])
{
    crypto_generichash(out, DIGEST, (const uint8_t *)token, strlen(token), NULL, 0);
}

int pf_setup_link_make(
    const char *dir, int64_t now_s, char ret_token[PF_SETUP_TOKEN_SIZE], struct pf_error *err)
{
    uint8_t random[(PF_SETUP_TOKEN_SIZE - 1) / 2], digest[DIGEST];
    char token[PF_SETUP_TOKEN_SIZE], hex[2 * DIGEST + 1], line[FILE_MAX];
    if (sodium_init() < 0)
        return pf_error_set(err, -EIO, "there are no random numbers");
    randombytes_buf(random, sizeof(random));
    digest_of(pf_hex_encode(random, sizeof(random), token), digest);
    int len = snprintf(line, sizeof(line), "%s %" PRId64 "\n", pf_hex_encode(digest, DIGEST, hex),
        now_s + PF_SETUP_LINK_SECONDS);
    char *path = pf_path_join(dir, FILE_NAME);
    int rc = pf_file_write(path, line, (size_t)len, 0600, err);
    free(path);
    if (rc == 0)
        memcpy(ret_token, token, sizeof(token));
    sodium_memzero(token, sizeof(token));
    sodium_memzero(random, sizeof(random));
    return rc;
}

/* False: the file is none of ours. */
static bool parse(char *text, uint8_t ret_digest[DIGEST], int64_t *ret_until)
{
    char *blank = strchr(text, ' '), *end;
    if (!blank)
        return false;
    *blank = 0;
    errno = 0;
    *ret_until = strtoll(blank + 1, &end, 10);
    return errno == 0 && end != blank + 1 && strcmp(end, "\n") == 0 &&
           pf_hex_decode(text, ret_digest, DIGEST);
}

bool pf_setup_link_opens(const char *dir, const char *token, int64_t now_s)
{
    char *path = pf_path_join(dir, FILE_NAME), *text = NULL;
    uint8_t kept[DIGEST], given[DIGEST];
    int64_t until;
    size_t len;
    bool good =
        pf_file_read(path, FILE_MAX, &text, &len) == 0 && strlen(text) == len && parse(text, kept, &until);
    digest_of(token, given);
    /* A clock that was set back must not lengthen it. */
    good = good && now_s < until && until - now_s <= PF_SETUP_LINK_SECONDS &&
           sodium_memcmp(kept, given, DIGEST) == 0;
    free(text);
    free(path);
    return good;
}

void pf_setup_link_void(const char *dir)
{
    char *path = pf_path_join(dir, FILE_NAME);
    unlink(path);
    free(path);
}
