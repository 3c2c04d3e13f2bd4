/* All messages of punktfunk/1. */
#ifndef PUNKTFUNK_WIRE_H
#define PUNKTFUNK_WIRE_H

#include "punktfunk/wire_common.h"
#include "punktfunk/wire_control.h"
#include "punktfunk/wire_datagram.h"
#include "punktfunk/wire_handshake.h"
#include "punktfunk/wire_pairing.h"

#endif
