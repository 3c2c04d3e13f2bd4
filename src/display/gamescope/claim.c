#include "display/gamescope/claim.h"

#include "base/time.h"
#include "display/display.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define POLL_NS (50 * PF_NS_PER_MS)
#define LOOKS   4u /* another process may only be looking whether it is free */

enum state { FREE, TAKEN, RETURNING };

static struct {
    pthread_mutex_t lock;
    enum state state; /* as far as this process has it */
    int fd;           /* unless FREE: the file, locked */
} claim = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Locked. -EAGAIN: it is being given back; -EUSERS: another process has it. */
static int try(const struct pf_desktop_env *env, enum state wanted)
{
    char path[sizeof(env->runtime_dir) + 32];
    if (!env->runtime_dir[0])
        return -ENOENT;
    if (claim.state != FREE)
        return claim.state == RETURNING ? -EAGAIN : -EBUSY;
    snprintf(path, sizeof(path), "%s/punktfunk-gamescope.lock", env->runtime_dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int rc = errno == EWOULDBLOCK ? -EUSERS : -errno;
        close(fd);
        return rc;
    }
    claim.fd = fd;
    claim.state = wanted;
    return 0;
}

static int try_locked(const struct pf_desktop_env *env, enum state wanted)
{
    pthread_mutex_lock(&claim.lock);
    int rc = try(env, wanted);
    pthread_mutex_unlock(&claim.lock);
    return rc;
}

int pf_gamescope_claim(const struct pf_desktop_env *env, const struct pf_cancel *cancel, struct pf_error *err)
{
    int rc;
    unsigned looks = 0;
    while ((rc = try_locked(env, TAKEN)) == -EAGAIN || (rc == -EUSERS && ++looks < LOOKS))
        if (pf_cancel_sleep_until(cancel, pf_time_mono_ns() + POLL_NS))
            return pf_display_check_wanted(cancel, err);
    if (rc == -EUSERS)
        return pf_error_set(
            err, -EBUSY, "another host of this user has the gamescope session of this machine");
    if (rc == -EBUSY)
        return pf_error_set(err, rc,
            "the gamescope session of this machine is another client's now, or waits for it to come back");
    if (!env->runtime_dir[0])
        return pf_error_set(err, rc,
            "XDG_RUNTIME_DIR is not known: nothing would keep two hosts from taking the gamescope session of "
            "this machine at once");
    return rc < 0 ? pf_error_set(err, rc, "no file can be locked in %s: %s", env->runtime_dir, strerror(-rc))
                  : 0;
}

int pf_gamescope_claim_to_return(const struct pf_desktop_env *env)
{
    int rc;
    for (unsigned looks = 0; (rc = try_locked(env, RETURNING)) == -EUSERS && ++looks < LOOKS;)
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    return rc;
}

bool pf_gamescope_claim_is_free(const struct pf_desktop_env *env)
{
    bool is_free = try_locked(env, RETURNING) == 0;
    if (is_free)
        pf_gamescope_claim_end();
    return is_free;
}

void pf_gamescope_claim_set_returning(void)
{
    pthread_mutex_lock(&claim.lock);
    claim.state = RETURNING;
    pthread_mutex_unlock(&claim.lock);
}

void pf_gamescope_claim_end(void)
{
    pthread_mutex_lock(&claim.lock);
    close(claim.fd);
    claim.state = FREE;
    pthread_mutex_unlock(&claim.lock);
}
