#include "trust/uniqueid.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* 16 bytes of hex with blanks around it. */
static bool parse_id(const char *text, uint8_t ret_id[16])
{
    char digits[PF_UNIQUEID_SIZE];
    text += strspn(text, " \t\r\n");
    size_t n = strcspn(text, " \t\r\n");
    if (n != 32 || text[n + strspn(text + n, " \t\r\n")])
        return false;
    memcpy(digits, text, 32);
    digits[32] = 0;
    return pf_hex_decode(digits, ret_id, 16);
}

static int read_id(const char *path, uint8_t ret_id[16], struct pf_error *err)
{
    char *text = NULL;
    size_t len = 0;
    int rc = pf_file_read(path, 256, &text, &len);
    if (rc < 0 && rc != -EFBIG)
        return rc == -ENOENT
                   ? rc
                   : pf_error_set(err, rc, "cannot read the host id in %s: %s", path, strerror(-rc));
    bool good = rc == 0 && parse_id(text, ret_id);
    free(text);
    if (good)
        return 0;
    struct pf_error aside;
    if (pf_file_set_aside(path, &aside) < 0)
        pf_log_warn("trust", "%s", aside.text);
    else
        pf_log_warn("trust", "%s held no host id and is kept as %s.bad; the host gets a new id", path, path);
    return -ENOENT;
}

int pf_uniqueid_load(const char *dir, char ret_id[PF_UNIQUEID_SIZE], struct pf_error *err)
{
    uint8_t id[16];
    char hex[PF_UNIQUEID_SIZE];
    char *path = pf_path_join(dir, "uniqueid");
    int rc = read_id(path, id, err);
    bool fresh = rc == -ENOENT;
    if (fresh)
        rc =
            getrandom(id, sizeof(id), 0) == sizeof(id) ? 0 : pf_error_set(err, -EIO, "cannot make a host id");
    pf_hex_encode(id, sizeof(id), hex);
    if (rc == 0 && fresh)
        rc = pf_file_write(path, hex, 32, 0600, err);
    if (rc == 0)
        memcpy(ret_id, hex, sizeof(hex));
    free(path);
    return rc;
}
