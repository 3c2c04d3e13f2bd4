/* Plays an input script to the host (--input-test, --input). Loop thread only. */
#ifndef PF_CLIENT_INPUT_PLAYER_H
#define PF_CLIENT_INPUT_PLAYER_H

#include "client/options.h"
#include "net/quic.h"

struct pf_loop;

struct probe_input_player;

/* Reads the script that the options ask for; *ret_player is NULL if they ask for none. -EINVAL, -ENOMEM, or
 * any errno of reading. */
int probe_input_player_create(struct pf_loop *loop, const struct probe_options *options,
    struct probe_input_player **ret_player, struct pf_error *err);

/* Streaming has begun. `conn` is borrowed until stop. With --input, standard output gets a line for each
 * event: "input KIND CODE X Y MONO_NS", the time just before it was sent. */
void probe_input_player_start(struct probe_input_player *player, struct pf_quic_conn *conn);
/* A script that waits goes on, also one that will wait. NULL is allowed. */
void probe_input_player_go_on(struct probe_input_player *player);
/* The script says that the session shall end. NULL is allowed, and never is over. */
bool probe_input_player_is_over(const struct probe_input_player *player);
void probe_input_player_stop(struct probe_input_player *player);

/* All three: NULL is allowed. */
void probe_input_player_destroy(struct probe_input_player *player);

#endif
