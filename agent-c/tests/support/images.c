#include "images.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

struct wanted {
    const char *path;
    struct fw_image *image;
};

static int visit_object(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    const struct wanted *wanted = argument;
    if (strcmp(info->dlpi_name, wanted->path) != 0) {
        return 0;
    }
    fw_image_of(info, wanted->image);
    return 1;
}

bool image_find(const char *path, struct fw_image *image)
{
    struct wanted wanted = {.path = path, .image = image};
    return dl_iterate_phdr(visit_object, &wanted) == 1;
}

void *image_open(const char *path, int flags, struct fw_image *image)
{
    void *library = dlopen(path, flags);
    if (!library || !image_find(path, image)) {
        fail_msg("%s", library ? "not among the loaded objects" : dlerror());
    }
    return library;
}

struct search {
    const char *symbol;
    struct slots slots;
};

static void visit_slot(void *argument, const struct fw_slot *slot)
{
    struct search *search = argument;
    if (strcmp(slot->symbol, search->symbol) == 0) {
        assert_in_range(search->slots.count, 0, SLOTS_MAX - 1);
        search->slots.at[search->slots.count] = slot->at;
        search->slots.versions[search->slots.count] = slot->version;
        search->slots.lazy[search->slots.count++] = slot->unbound;
    }
}

struct slots image_slots(const struct fw_image *image, const char *symbol)
{
    struct search search = {.symbol = symbol};
    fw_image_slots(image, visit_slot, &search);
    return search.slots;
}

bool is_writable(const void *address)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    char line[512];
    char rights[3] = "";
    while (!rights[0] && fgets(line, sizeof line, maps)) {
        /* from-to rights ... */
        char *at = line;
        uintptr_t from = strtoul(at, &at, 16);
        uintptr_t to = *at == '-' ? strtoul(at + 1, &at, 16) : 0;
        if (*at == ' ' && (uintptr_t)address >= from && (uintptr_t)address < to) {
            memcpy(rights, at + 1, 2);
        }
    }
    fclose(maps);
    assert_int_equal(rights[0], 'r');
    return rights[1] == 'w';
}
