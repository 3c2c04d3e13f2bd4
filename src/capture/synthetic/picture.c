#include "capture/synthetic/picture.h"

#include <stdbool.h>
#include <string.h>

struct canvas {
    uint8_t *pixels;
    size_t stride;
    int width, height;
};

struct rect {
    int x, y, w, h;
};

static uint32_t hash(uint32_t v)
{
    v ^= v >> 16;
    v *= 0x7feb352du;
    v ^= v >> 15;
    v *= 0x846ca68bu;
    return v ^ v >> 16;
}

/* 0xRRGGBB of each pixel of the rectangle; clipped. */
static void fill(
    const struct canvas *c, struct rect r, uint32_t (*colour)(int x, int y, uint32_t arg), uint32_t arg)
{
    int right = r.x + r.w < c->width ? r.x + r.w : c->width;
    int bottom = r.y + r.h < c->height ? r.y + r.h : c->height;
    for (int y = r.y < 0 ? 0 : r.y; y < bottom; y++) {
        uint8_t *row = c->pixels + (size_t)y * c->stride;
        for (int x = r.x < 0 ? 0 : r.x; x < right; x++) {
            uint32_t rgb = colour(x - r.x, y - r.y, arg);
            memcpy(row + 4 * (size_t)x, &rgb, 4); /* little endian: B G R x */
        }
    }
}

static uint32_t plain(int x, int y, uint32_t arg)
{
    (void)x;
    (void)y;
    return arg;
}

static uint32_t gradient(int x, int y, uint32_t arg)
{
    uint32_t r = 40 + ((uint32_t)x * 64 / arg), b = 90 + ((uint32_t)y * 96 / arg);
    return r << 16 | 60 << 8 | (b > 255 ? 255 : b);
}

/* Dark strokes on white in cells of 8 × 16; `arg` is how far the text is scrolled, in pixels. */
static uint32_t text(int x, int y, uint32_t arg)
{
    uint32_t line = ((uint32_t)y + arg) / 16, in_line = ((uint32_t)y + arg) % 16;
    uint32_t column = (uint32_t)x / 8, in_column = (uint32_t)x % 8;
    uint32_t glyph = hash(line * 4099 + column);
    bool space = glyph % 6 == 0 || column % 97 > 20 + hash(line) % 70;
    if (space || in_line < 3 || in_line > 12 || in_column == 7)
        return 0xf8f8f8;
    return glyph >> ((in_line / 2 * 5 + in_column) % 27 + 4) & 1 ? 0x202428 : 0xf8f8f8;
}

static uint32_t bars(int x, int y, uint32_t arg)
{
    static const uint32_t colours[8] = {
        0xffffff, 0xffff00, 0x00ffff, 0x00ff00, 0xff00ff, 0xff0000, 0x0000ff, 0x000000};
    (void)y;
    return colours[(uint32_t)x / (arg ? arg : 1) % 8];
}

static void window(const struct canvas *c, struct rect r, uint32_t title, uint32_t scroll)
{
    int bar = r.h / 16 + 4;
    fill(c, (struct rect){r.x, r.y, r.w, bar}, plain, title);
    fill(c, (struct rect){r.x, r.y + bar, r.w, r.h - bar}, text, scroll);
}

/* There and back again within 0 … range. */
static int swing(uint64_t index, int step, int range)
{
    if (range <= 0)
        return 0;
    int at = (int)(index * (unsigned)step % (2u * (unsigned)range));
    return at < range ? at : 2 * range - at;
}

void pf_test_picture_draw(uint8_t *pixels, size_t stride, unsigned width, unsigned height, uint64_t index)
{
    const struct canvas c = {pixels, stride, (int)width, (int)height};
    const int w = c.width, h = c.height;
    fill(&c, (struct rect){0, 0, w, h}, gradient, width);
    fill(&c, (struct rect){0, h - h / 12, w, h / 12}, bars, width / 8);
    window(&c, (struct rect){w / 16, h / 12, w * 3 / 8, h * 3 / 4}, 0x3060a0, (uint32_t)(index * 3));
    window(&c, (struct rect){w / 2, h / 8, w * 7 / 16, h / 3}, 0x806030, 0);
    window(&c, (struct rect){w / 4 + swing(index, 4, w / 2), h / 2, w / 4, h / 4}, 0x308040, 1000);
}
