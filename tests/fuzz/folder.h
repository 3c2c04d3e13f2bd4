/* A folder for the files that a fuzz target reads, in memory where there is such a place. */
#ifndef PF_TEST_FUZZ_FOLDER_H
#define PF_TEST_FUZZ_FOLDER_H

#include "fuzz.h"

#include "base/file.h"
#include "base/log.h"

#include <dirent.h>
#include <stdbool.h>
#include <unistd.h>

static char fuzz_folder[] = "/dev/shm/pf-fuzz-XXXXXX";

/* free() it. */
static inline char *fuzz_path(const char *name)
{
    return pf_path_join(fuzz_folder, name);
}

/* Removes all that is in it. */
static inline void fuzz_folder_clear(void)
{
    DIR *dir = opendir(fuzz_folder);
    for (const struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(dir), e->d_name, 0);
    if (dir)
        closedir(dir);
}

static inline void fuzz_folder_remove(void)
{
    fuzz_folder_clear();
    rmdir(fuzz_folder);
}

/* Makes it, at the first call. */
static inline void fuzz_folder_prepare(void)
{
    static bool ready;
    if (ready)
        return;
    ready = true;
    setenv("RUST_LOG", "error", 1); /* damage is reported as a warning */
    pf_log_init();
    if (!mkdtemp(fuzz_folder)) {
        strcpy(fuzz_folder, "/tmp/pf-fuzz-XXXXXX");
        if (!mkdtemp(fuzz_folder))
            abort();
    }
    atexit(fuzz_folder_remove);
}

static inline void fuzz_put(const char *name, const uint8_t *data, size_t size)
{
    char *path = fuzz_path(name);
    FUZZ_ASSERT(pf_file_write(path, data, size, 0600, NULL) == 0);
    free(path);
}

#endif
