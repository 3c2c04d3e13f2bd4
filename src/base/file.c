#include "base/file.h"

#include "base/env.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

char *pf_path_join(const char *dir, const char *name)
{
    char *path;
    if (asprintf(&path, "%s/%s", dir, name) < 0)
        abort();
    return path;
}

char *pf_config_dir(void)
{
    const char *dir = pf_env_get("PUNKTFUNK_CONFIG_DIR");
    if (dir)
        return strdup(dir);
    if ((dir = pf_env_get("XDG_CONFIG_HOME")))
        return pf_path_join(dir, "punktfunk");
    if ((dir = pf_env_get("HOME")))
        return pf_path_join(dir, ".config/punktfunk");
    return strdup("./punktfunk");
}

static int read_all(int fd, size_t max, char **ret_data, size_t *ret_len)
{
    size_t cap = 4096, len = 0;
    char *data = malloc(cap + 1);
    if (!data)
        return -ENOMEM;
    for (;;) {
        ssize_t n = read(fd, data + len, cap - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int code = -errno;
            free(data);
            return code;
        }
        if (n == 0)
            break;
        len += (size_t)n;
        if (len > max) {
            free(data);
            return -EFBIG;
        }
        if (len == cap) {
            char *more = realloc(data, cap * 2 + 1);
            if (!more) {
                free(data);
                return -ENOMEM;
            }
            data = more;
            cap *= 2;
        }
    }
    data[len] = 0;
    *ret_data = data;
    *ret_len = len;
    return 0;
}

int pf_file_read(const char *path, size_t max, char **ret_data, size_t *ret_len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = read_all(fd, max, ret_data, ret_len);
    close(fd);
    return rc;
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        len -= (size_t)n;
    }
    return fsync(fd) < 0 ? -errno : 0;
}

static void sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(dir);
    if (fd < 0)
        return;
    fsync(fd); /* best effort: some file systems refuse it */
    close(fd);
}

int pf_file_write(const char *path, const void *data, size_t len, mode_t mode, struct pf_error *err)
{
    char *tmp;
    if (asprintf(&tmp, "%s.tmp.XXXXXX", path) < 0)
        return pf_error_set(err, -ENOMEM, "cannot write %s: out of memory", path);
    int rc = 0;
    int fd = mkostemp(tmp, O_CLOEXEC);
    if (fd < 0) {
        rc = -errno;
        goto out;
    }
    if (fchmod(fd, mode) < 0)
        rc = -errno;
    if (!rc)
        rc = write_all(fd, data, len);
    if (close(fd) < 0 && !rc)
        rc = -errno;
    if (!rc && rename(tmp, path) < 0)
        rc = -errno;
    if (rc)
        unlink(tmp);
    else
        sync_parent(path);
out:
    free(tmp);
    return rc ? pf_error_set(err, rc, "cannot write %s: %s", path, strerror(-rc)) : 0;
}

/* A folder that was there already is its owner's: it may be shared on purpose. */
static int check_old_folder(const char *path)
{
    static atomic_flag told = ATOMIC_FLAG_INIT;
    struct stat st;
    if (stat(path, &st) < 0)
        return -errno;
    if (!S_ISDIR(st.st_mode))
        return -ENOTDIR;
    if ((st.st_mode & 077) && !atomic_flag_test_and_set(&told))
        pf_log_warn("files",
            "other users of this machine may look into %s (mode %04o); to prevent that: chmod 700 %s", path,
            (unsigned)st.st_mode & 07777, path);
    return 0;
}

int pf_dir_make_private(const char *path, struct pf_error *err)
{
    char *copy = strdup(path);
    if (!copy)
        return pf_error_set(err, -ENOMEM, "cannot create %s: out of memory", path);
    int rc = 0;
    for (char *p = copy + 1; !rc && *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        if (mkdir(copy, 0755) < 0 && errno != EEXIST)
            rc = -errno;
        *p = '/';
    }
    if (!rc && mkdir(path, 0700) < 0)
        rc = errno == EEXIST ? check_old_folder(path) : -errno;
    free(copy);
    return rc ? pf_error_set(err, rc, "cannot create folder %s: %s", path, strerror(-rc)) : 0;
}

int pf_file_lock(const char *path, int *ret_fd)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int rc = -errno;
        close(fd);
        return rc;
    }
    *ret_fd = fd;
    return 0;
}

int pf_file_set_aside(const char *path, struct pf_error *err)
{
    char *bad;
    if (asprintf(&bad, "%s.bad", path) < 0)
        return -ENOMEM;
    int rc = rename(path, bad) < 0 ? -errno : 0;
    if (rc)
        pf_error_set(err, rc, "cannot rename the damaged file %s to %s: %s", path, bad, strerror(-rc));
    free(bad);
    return rc;
}
