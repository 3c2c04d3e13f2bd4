"""What erasure coding promises: the share of frames that arrive whole, by loss and parity.

A frame of K data and M parity shards is whole if at least K of its K + M datagrams arrive.
"""
import math


def parity_shards(k, percent):
    return -(-k * percent // 100)


def whole_at_random(k, m, loss):
    """Each datagram is lost on its own: the lower tail of the binomial distribution."""
    n = k + m
    return sum(math.comb(n, lost) * loss ** lost * (1 - loss) ** (n - lost) for lost in range(m + 1))


def whole_in_bursts(k, m, enter, leave):
    """Gilbert-Elliott with certain loss in the bad state: walks the chain over one frame."""
    n = k + m
    bad = enter / (enter + leave)  # in the long run
    # state[s][lost]: probability to be in state s (0 good, 1 bad) with so many lost
    state = [[0.0] * (n + 1), [0.0] * (n + 1)]
    state[0][0], state[1][0] = 1 - bad, bad
    for _ in range(n):
        after = [[0.0] * (n + 1), [0.0] * (n + 1)]
        for lost in range(n):
            good_now = state[0][lost] * (1 - enter) + state[1][lost] * leave
            bad_now = state[0][lost] * enter + state[1][lost] * (1 - leave)
            after[0][lost] += good_now
            after[1][lost + 1] += bad_now
        state = after
    return sum(state[0][: m + 1]) + sum(state[1][: m + 1])


def slack(expected, frames, sigmas=4.5):
    """How far a measured share may be from the expected one: a false alarm in about 150,000 runs.

    The normal approximation is poor where hardly any frame is lost (or saved); three frames make up for it."""
    return sigmas * math.sqrt(expected * (1 - expected) / frames) + 3 / frames
