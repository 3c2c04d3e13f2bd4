#include "gamestream/nvhttp/boxart.h"

#include <errno.h>
#include <png.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define W ((int)PF_GS_BOXART_WIDTH)
#define H ((int)PF_GS_BOXART_HEIGHT)

struct colour {
    int r, g, b;
};

static uint32_t hash_of(const char *text)
{
    uint32_t h = 2166136261u;
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * 16777619u;
    return h ^ h >> 15;
}

/* A colour of the wheel, 0 to 1535, at a brightness of 0 to 255. */
static struct colour wheel(int angle, int bright)
{
    int part = angle / 256 % 6, up = angle % 256, down = 255 - up;
    static const int order[6][3] = {{2, 1, 0}, {-1, 2, 0}, {0, 2, 1}, {0, -1, 2}, {1, 0, 2}, {2, 0, -1}};
    int value[3];
    for (int i = 0; i < 3; i++)
        value[i] = order[part][i] == 2 ? 255 : order[part][i] == 1 ? up : order[part][i] == -1 ? down : 0;
    /* Halfway to grey, so that it is no signal colour. */
    return (struct colour){
        (value[0] + 96) * bright / 351, (value[1] + 96) * bright / 351, (value[2] + 96) * bright / 351};
}

static bool in_rounded(int x, int y, int left, int top, int right, int bottom, int radius)
{
    if (x < left || x >= right || y < top || y >= bottom)
        return false;
    int dx = x < left + radius ? left + radius - x : x >= right - radius ? x - (right - radius - 1) : 0;
    int dy = y < top + radius ? top + radius - y : y >= bottom - radius ? y - (bottom - radius - 1) : 0;
    return dx * dx + dy * dy <= radius * radius;
}

static struct colour mix(struct colour a, struct colour b, int n, int of)
{
    return (struct colour){
        a.r + (b.r - a.r) * n / of, a.g + (b.g - a.g) * n / of, a.b + (b.b - a.b) * n / of};
}

/* A monitor on its stand, in front of a sky. */
static struct colour pixel(int x, int y, int angle)
{
    const struct colour white = {236, 238, 242}, top = wheel(angle, 190),
                        low = wheel((angle + 200) % 1536, 60);
    if (in_rounded(x, y, 60, 132, 240, 246, 4))
        return mix(wheel((angle + 768) % 1536, 150), low, y - 132, 114);
    if (in_rounded(x, y, 50, 122, 250, 256, 10) || in_rounded(x, y, 138, 256, 162, 282, 1) ||
        in_rounded(x, y, 104, 280, 196, 290, 5))
        return white;
    return mix(top, low, y, H);
}

static void draw(const char *title, uint8_t *rgb)
{
    int angle = (int)(hash_of(title) % 1536);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++, rgb += 3) {
            struct colour c = pixel(x, y, angle);
            rgb[0] = (uint8_t)c.r;
            rgb[1] = (uint8_t)c.g;
            rgb[2] = (uint8_t)c.b;
        }
}

int pf_gs_boxart_draw(const char *title, char **ret_png, size_t *ret_len)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
        .width = W,
        .height = H,
        .format = PNG_FORMAT_RGB,
        .flags = PNG_IMAGE_FLAG_FAST};
    uint8_t *rgb = malloc((size_t)W * H * 3);
    png_alloc_size_t len = PNG_IMAGE_PNG_SIZE_MAX(image);
    char *png = malloc(len);
    int rc = -ENOMEM;
    if (rgb && png) {
        draw(title, rgb);
        if (png_image_write_to_memory(&image, png, &len, 0, rgb, 0, NULL))
            rc = 0;
    }
    free(rgb);
    if (rc < 0) {
        free(png);
        return rc;
    }
    char *small = realloc(png, len);
    *ret_png = small ? small : png;
    *ret_len = len;
    return 0;
}
