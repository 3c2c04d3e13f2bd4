/* fuzz_X FOLDER [ROUNDS]: runs the target over every file of the folder and ROUNDS mutations of each. The
 * mutations come from a fixed seed, so that a failure can be repeated. */
#include "fuzz.h"

#include "base/file.h"

#include <dirent.h>
#include <string.h>

#define SEED_MAX 65536

static uint64_t state = 0x9E3779B97F4A7C15u;

static uint32_t any(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % below;
}

/* Runs on an exact heap copy, so that a sanitizer sees every byte read past the end. */
static void run(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        abort();
    memcpy(copy, data, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static size_t mutate(uint8_t *data, size_t len)
{
    static const uint8_t edges[] = {0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF};
    size_t at = len ? any((uint32_t)len) : 0;
    switch (any(5)) {
    case 0: /* flip a bit */
        if (len)
            data[at] ^= (uint8_t)(1u << any(8));
        return len;
    case 1: /* an edge value */
        if (len)
            data[at] = edges[any(sizeof(edges))];
        return len;
    case 2: /* truncate */
        return at;
    case 3: /* grow */
        if (len < SEED_MAX)
            data[len++] = (uint8_t)any(256);
        return len;
    default: /* move the tail */
        if (len > 1)
            memmove(data + at / 2, data + at, len - at);
        return len - (at - at / 2);
    }
}

static void run_mutations(const uint8_t *seed, size_t len, unsigned rounds)
{
    static uint8_t work[SEED_MAX];
    for (unsigned i = 0; i < rounds; i++) {
        size_t n = len;
        memcpy(work, seed, len);
        for (uint32_t times = 1 + any(4); times > 0; times--)
            n = mutate(work, n);
        run(work, n);
    }
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 200, files = 0;
    DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;
    if (!dir) {
        fprintf(stderr, "usage: %s FOLDER [ROUNDS]\n", argv[0]);
        return 2;
    }
    for (const struct dirent *e; (e = readdir(dir));) {
        char *path = pf_path_join(argv[1], e->d_name), *data;
        size_t len;
        if (e->d_name[0] != '.' && pf_file_read(path, SEED_MAX, &data, &len) == 0) {
            run((uint8_t *)data, len);
            run_mutations((uint8_t *)data, len, rounds);
            free(data);
            files++;
        }
        free(path);
    }
    closedir(dir);
    if (files == 0) {
        fprintf(stderr, "%s holds no seed\n", argv[1]);
        return 1;
    }
    printf("%u seeds, %u mutations each\n", files, rounds);
    return 0;
}
