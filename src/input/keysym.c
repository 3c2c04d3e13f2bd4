#include "input/keysym.h"

uint32_t pf_keysym_of(uint32_t character)
{
    if (character == '\n' || character == '\r')
        return 0xff0d;
    if (character == '\t' || character == '\b')
        return 0xff00 | character;
    if ((character >= 0x20 && character < 0x7f) || (character >= 0xa0 && character <= 0xff))
        return character;
    return character > 0xff && character <= 0x10ffff ? 0x01000000u | character : 0;
}
