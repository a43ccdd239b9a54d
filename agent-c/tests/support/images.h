/* What the tests of patching ask about loaded objects. */
#ifndef FW_TESTS_IMAGES_H
#define FW_TESTS_IMAGES_H

#include <stdbool.h>

#include "patch/image.h"

/* The image of the loaded object with this path; false if there is none. */
bool image_find(const char *path, struct fw_image *image);

/* dlopen(3) with these flags, and its image. Fails the test where there is none. */
void *image_open(const char *path, int flags, struct fw_image *image);

enum { SLOTS_MAX = 8 };
struct slots {
    unsigned count;
    void **at[SLOTS_MAX];
    bool lazy[SLOTS_MAX];
    const char *versions[SLOTS_MAX];
};
/* The slots of the image for this symbol. */
struct slots image_slots(const struct fw_image *image, const char *symbol);

/* True if the page of this address is writable, by /proc/self/maps (proc(5)). Fails the test if it is not mapped. */
bool is_writable(const void *address);

#endif
