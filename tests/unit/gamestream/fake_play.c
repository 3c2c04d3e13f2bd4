#include "fake_play.h"
#include "../errand.h"

#include "net/loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_play fake_play;

struct pf_gs_play {
    struct pf_loop *loop;
    struct pf_gs_play_callbacks callbacks;
};

int pf_gs_play_start(struct pf_loop *loop, const struct pf_gs_play_config *config,
    const struct pf_gs_play_deps *deps, const struct pf_gs_play_callbacks *callbacks,
    struct pf_gs_play **ret_play, struct pf_error *err)
{
    struct pf_gs_play *play = fake_play.refuses_to_start ? NULL : calloc(1, sizeof(*play));
    if (!play)
        return pf_error_set(err, -EADDRINUSE, "port 48010 is in use");
    play->loop = loop;
    play->callbacks = *callbacks;
    *ret_play = play;
    return 0;
}

static void stopped(void *arg)
{
    struct pf_gs_play *play = arg;
    struct pf_gs_play_callbacks callbacks = play->callbacks;
    free(play);
    callbacks.stopped(callbacks.user);
}

void pf_gs_play_stop(struct pf_gs_play *play)
{
    errand_post(stopped, play);
}

static enum pf_gs_play_verdict begin(
    const struct pf_gs_launch *launch, char url[PF_GS_SESSION_URL_MAX], struct pf_error *err)
{
    fake_play.launch = *launch;
    if (fake_play.verdict == PF_GS_PLAY_FAILED)
        pf_error_set(err, -EIO, "no <display> & no encoder");
    if (fake_play.verdict != PF_GS_PLAY_OK)
        return fake_play.verdict;
    snprintf(url, PF_GS_SESSION_URL_MAX, "rtsp://127.0.0.1:48010");
    if (launch->app_id)
        fake_play.app = launch->app_id;
    fake_play.info.state = PF_GS_PLAY_LAUNCHED;
    memcpy(fake_play.info.fingerprint, launch->fingerprint, 32);
    return PF_GS_PLAY_OK;
}

enum pf_gs_play_verdict pf_gs_play_launch(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    char ret_url[PF_GS_SESSION_URL_MAX], struct pf_error *err)
{
    fake_play.launches++;
    return begin(launch, ret_url, err);
}

enum pf_gs_play_verdict pf_gs_play_resume(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    char ret_url[PF_GS_SESSION_URL_MAX], struct pf_error *err)
{
    fake_play.resumes++;
    return begin(launch, ret_url, err);
}

enum pf_gs_play_verdict pf_gs_play_cancel(struct pf_gs_play *play, const uint8_t fingerprint[32])
{
    fake_play.cancels++;
    memcpy(fake_play.canceller, fingerprint, 32);
    if (fake_play.verdict == PF_GS_PLAY_OK) {
        fake_play.app = 0;
        fake_play.info.state = PF_GS_PLAY_IDLE;
    }
    return fake_play.verdict;
}

uint32_t pf_gs_play_current_app(const struct pf_gs_play *play)
{
    return fake_play.app;
}

void pf_gs_play_cut(struct pf_gs_play *play, const uint8_t fingerprint[32])
{
    fake_play.cuts++;
    memcpy(fake_play.cut, fingerprint, 32);
}

void pf_gs_play_info(const struct pf_gs_play *play, struct pf_gs_play_info *ret_info)
{
    *ret_info = fake_play.info;
}

int pf_gs_play_request_idr(struct pf_gs_play *play)
{
    fake_play.idrs++;
    return fake_play.info.state == PF_GS_PLAY_STREAMING ? 0 : -ENOENT;
}

int pf_gs_play_end(struct pf_gs_play *play)
{
    fake_play.ends++;
    return fake_play.info.state == PF_GS_PLAY_IDLE ? -ENOENT : 0;
}
