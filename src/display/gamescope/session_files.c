#include "display/gamescope/session_files.h"

#include "base/env.h"
#include "base/file.h"
#include "display/gamescope/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DROP_IN_FOLDER "systemd/user/gamescope-session.service.d"

const char pf_gamescope_wrapper[] = "#!/bin/sh\n"
                                    "# made by punktfunk-host\n"
                                    "exec gamescope --nested-refresh \"$PF_HZ\" \"$@\"\n";

/* Its own folder comes first in the PATH. The words are taken from the front and put back behind. */
const char pf_gamescope_shim[] =
    "#!/bin/sh\n"
    "# made by punktfunk-host\n"
    "PATH=${PATH#*:}\n"
    "left=$# ours=yes\n"
    "while [ $left -gt 0 ]; do\n"
    "    word=$1\n"
    "    shift\n"
    "    left=$((left - 1))\n"
    "    case $ours$word in\n"
    "    yes--) ours=no ;;\n"
    "    yes--generate-drm-mode | yes--prefer-output | yes-[whWHO])\n"
    "        [ $left -eq 0 ] || { shift; left=$((left - 1)); }\n"
    "        continue ;;\n"
    "    esac\n"
    "    set -- \"$@\" \"$word\"\n"
    "done\n"
    "exec gamescope --backend headless -W \"$PF_W\" -H \"$PF_H\" -r \"$PF_HZ\" \"$@\"\n";

/* In quotes, as systemd reads it. */
static void put_quoted(FILE *f, const char *text)
{
    for (; *text; text++) {
        if (*text == '%' || *text == '"' || *text == '\\')
            fputc(*text == '%' ? '%' : '\\', f);
        fputc(*text, f);
    }
}

char *pf_gamescope_drop_in(const char *folder, const char *path, const struct pf_mode *mode)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return NULL;
    fputs("# made by punktfunk-host, which removes it\n[Service]\nUnsetEnvironment=DISPLAY WAYLAND_DISPLAY\n"
          "Environment=\"PATH=",
        f);
    put_quoted(f, folder);
    fputc(':', f);
    put_quoted(f, path);
    fprintf(f, "\" PF_W=%u PF_H=%u PF_HZ=%u\n", mode->width, mode->height, pf_gamescope_rate(mode));
    if (fclose(f) == 0)
        return text;
    free(text);
    return NULL;
}

int pf_gamescope_drop_in_path(char *ret_path, size_t cap)
{
    const char *config = pf_env_get("XDG_CONFIG_HOME"), *home = pf_env_get("HOME");
    if (!config && !home)
        return -ENOENT;
    int n = snprintf(ret_path, cap, "%s%s/" DROP_IN_FOLDER "/" PF_GAMESCOPE_DROP_IN, config ? config : home,
        config ? "" : "/.config");
    return n < 0 || (size_t)n >= cap ? -ENAMETOOLONG : 0;
}

static void wrapper_path(const char *runtime_dir, char path[PF_GAMESCOPE_SCRIPT_SIZE])
{
    snprintf(path, PF_GAMESCOPE_SCRIPT_SIZE, "%s/punktfunk-gamescope-bin", runtime_dir);
}

static void shim_path(
    const char *runtime_dir, char folder[PF_GAMESCOPE_SCRIPT_SIZE], char path[PF_GAMESCOPE_SCRIPT_SIZE + 16])
{
    snprintf(folder, PF_GAMESCOPE_SCRIPT_SIZE, "%s/punktfunk-gsbin", runtime_dir);
    snprintf(path, PF_GAMESCOPE_SCRIPT_SIZE + 16, "%s/gamescope", folder);
}

static int write_script(const char *path, const char *text, struct pf_error *err)
{
    return pf_file_write(path, text, strlen(text), 0700, err);
}

int pf_gamescope_wrapper_write(
    const char *runtime_dir, char ret_path[PF_GAMESCOPE_SCRIPT_SIZE], struct pf_error *err)
{
    wrapper_path(runtime_dir, ret_path);
    return write_script(ret_path, pf_gamescope_wrapper, err);
}

int pf_gamescope_shim_write(
    const char *runtime_dir, char ret_folder[PF_GAMESCOPE_SCRIPT_SIZE], struct pf_error *err)
{
    char path[PF_GAMESCOPE_SCRIPT_SIZE + 16];
    shim_path(runtime_dir, ret_folder, path);
    if (mkdir(ret_folder, 0700) < 0 && errno != EEXIST)
        return pf_error_set(err, -errno, "%s cannot be made: %s", ret_folder, strerror(errno));
    return write_script(path, pf_gamescope_shim, err);
}

void pf_gamescope_scripts_remove(const char *runtime_dir)
{
    char wrapper[PF_GAMESCOPE_SCRIPT_SIZE], folder[PF_GAMESCOPE_SCRIPT_SIZE],
        shim[PF_GAMESCOPE_SCRIPT_SIZE + 16];
    if (!runtime_dir[0])
        return;
    wrapper_path(runtime_dir, wrapper);
    shim_path(runtime_dir, folder, shim);
    unlink(wrapper);
    unlink(shim);
    rmdir(folder);
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? strndup(path, (size_t)(slash - path)) : NULL;
}

int pf_gamescope_drop_in_write(const char *path, const char *text, struct pf_error *err)
{
    char *folder = folder_of(path);
    int rc = folder ? pf_dir_make_private(folder, err) : pf_error_set(err, -ENOMEM, "out of memory");
    free(folder);
    return rc < 0 ? rc : pf_file_write(path, text, strlen(text), 0600, err);
}

void pf_gamescope_drop_in_remove(const char *path)
{
    char *folder = folder_of(path);
    unlink(path);
    if (folder)
        rmdir(folder); /* others may have theirs in it */
    free(folder);
}
