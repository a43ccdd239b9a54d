#include "patch.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Open addressing by name; the table is filled once and then only read. */
enum { BUCKETS = 256 };
static const struct fw_hook *by_name[BUCKETS];

static size_t bucket_of(const char *name)
{
    uint32_t hash = 5381;
    for (; *name; name++) {
        hash = hash * 33 + (uint8_t)*name;
    }
    return hash % BUCKETS;
}

static const struct fw_hook *hook_named(const char *name)
{
    for (size_t at = bucket_of(name); by_name[at]; at = (at + 1) % BUCKETS) {
        if (strcmp(by_name[at]->name, name) == 0) {
            return by_name[at];
        }
    }
    return NULL;
}

void fw_patch_init(const struct fw_hook *hooks, size_t count)
{
    for (size_t i = 0; i < count && i < BUCKETS / 2; i++) {
        *hooks[i].original = dlsym(RTLD_DEFAULT, hooks[i].name);
        if (!*hooks[i].original) {
            continue;
        }
        size_t at = bucket_of(hooks[i].name);
        while (by_name[at]) {
            at = (at + 1) % BUCKETS;
        }
        by_name[at] = &hooks[i];
    }
}

void *fw_patch_replacement(const char *name, const void *original)
{
    const struct fw_hook *hook = hook_named(name);
    return hook && *hook->original == original ? hook->replacement : NULL;
}

struct patching {
    const struct fw_image *image;
    const char *path;
    bool writable;
    bool refused;
    size_t slots;
};

/* RELRO pages are made writable for the first slot found there, and read-only again at the end. */
static bool protect_relro(struct patching *patching, int protection)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = patching->image->relro & ~(page - 1);
    /* The loader rounds the end down (elf/dl-reloc.c, _dl_protect_relro): the rest of the last page stays writable. */
    uintptr_t to = (patching->image->relro + patching->image->relro_size) & ~(page - 1);
    return to <= from || mprotect((void *)from, to - from, protection) == 0;
}

static void patch_slot(void *argument, const char *symbol, void **slot, bool lazily_bound)
{
    struct patching *patching = argument;
    const struct fw_hook *hook = hook_named(symbol);
    if (!hook || patching->refused || (*slot != *hook->original && !lazily_bound)) {
        return;
    }
    const struct fw_image *image = patching->image;
    uintptr_t at = (uintptr_t)slot;
    /* Text relocations: the page is read-only, or about to run. */
    if (at < image->data || at >= image->data_end) {
        return;
    }
    bool in_relro = at >= image->relro && at < image->relro + image->relro_size;
    if (in_relro && !patching->writable) {
        if (!protect_relro(patching, PROT_READ | PROT_WRITE)) {
            patching->refused = true;
            fw_log("cannot hook the calls of %s: mprotect: %s; forks from there show without pid", patching->path,
                   strerror(errno));
            return;
        }
        patching->writable = true;
    }
    __atomic_store_n(slot, hook->replacement, __ATOMIC_RELEASE);
    patching->slots++;
}

size_t fw_patch_image(const struct fw_image *image, const char *path)
{
    struct patching patching = {.image = image, .path = path};
    fw_image_slots(image, patch_slot, &patching);
    if (patching.writable) {
        protect_relro(&patching, PROT_READ);
    }
    return patching.slots;
}

/* The loader adds the object's bias to a symbol's value; the difference may well be negative, and wraps around. */
static bool redirect(const struct fw_image *image, const struct fw_hook *hook)
{
    ElfW(Sym) *symbol = fw_image_definition(image, hook->name);
    if (!symbol || (const void *)(image->bias + symbol->st_value) != *hook->original) {
        return false;
    }
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t at = (uintptr_t)&symbol->st_value & ~(page - 1);
    /* Without -z separate-code the table shares its pages with code, which must stay executable all the time. */
    if ((at + page > image->code && at < image->code_end) || mprotect((void *)at, page, PROT_READ | PROT_WRITE) != 0) {
        return false;
    }
    __atomic_store_n(&symbol->st_value, (uintptr_t)hook->replacement - image->bias, __ATOMIC_RELEASE);
    mprotect((void *)at, page, PROT_READ);
    return true;
}

size_t fw_patch_definitions(const struct fw_image *image)
{
    size_t redirected = 0;
    for (size_t at = 0; at < BUCKETS; at++) {
        if (by_name[at] && by_name[at]->early && redirect(image, by_name[at])) {
            redirected++;
        }
    }
    return redirected;
}
