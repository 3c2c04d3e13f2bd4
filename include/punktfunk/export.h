/* Marks the public functions of libpunktfunk. */
#ifndef PUNKTFUNK_EXPORT_H
#define PUNKTFUNK_EXPORT_H

#if defined(__GNUC__)
#define PF_API __attribute__((visibility("default")))
#else
#define PF_API
#endif

#endif
