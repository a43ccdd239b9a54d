#include "patch.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Open addressing by name; filled once. Who else defines the names is the scanning thread's business alone. */
enum { BUCKETS = 2048, HOOKS_MAX = BUCKETS / 2 };
struct entry {
    const struct fw_hook *hook;
    const struct fw_image *home; /* the object that the original lies in */
    bool in_libc;                /* the C library, or that of C++, has another one */
    bool elsewhere;              /* a third object has one */
};
static struct entry entries[HOOKS_MAX];
static const char *names[HOOKS_MAX];
static size_t hook_total;
static struct entry *by_name[BUCKETS];

static size_t bucket_of(const char *name)
{
    uint32_t hash = 5381;
    for (; *name; name++) {
        hash = hash * 33 + (uint8_t)*name;
    }
    return hash % BUCKETS;
}

static const struct entry *entry_named(const char *name)
{
    for (size_t at = bucket_of(name); by_name[at]; at = (at + 1) % BUCKETS) {
        if (strcmp(by_name[at]->hook->name, name) == 0) {
            return by_name[at];
        }
    }
    return NULL;
}

static void enter(const struct fw_hook *hook)
{
    size_t at = bucket_of(hook->name);
    while (by_name[at]) {
        at = (at + 1) % BUCKETS;
    }
    names[hook_total] = hook->name;
    entries[hook_total].hook = hook;
    by_name[at] = &entries[hook_total++];
}

void fw_patch_init(const struct fw_hook *hooks, size_t count)
{
    for (size_t i = 0; i < count && hook_total < HOOKS_MAX; i++) {
        *hooks[i].original = fw_image_function(hooks[i].name);
        if (*hooks[i].original) {
            enter(&hooks[i]);
        }
    }
}

void fw_patch_offer(const struct fw_hook *functions, size_t count)
{
    for (size_t i = 0; i < count && hook_total < HOOKS_MAX; i++) {
        enter(&functions[i]);
    }
}

void *fw_patch_replacement(const char *name, const void *original)
{
    const struct entry *entry = entry_named(name);
    return entry && *entry->hook->original == original ? entry->hook->replacement : NULL;
}

static uintptr_t original_of(const struct entry *entry)
{
    return (uintptr_t)*entry->hook->original;
}

void fw_patch_note(const struct fw_image *image)
{
    static bool defines[HOOKS_MAX];
    const char *soname = fw_image_soname(image);
    bool is_libc = soname && (strcmp(soname, "libc.so.6") == 0 || strcmp(soname, "libstdc++.so.6") == 0 ||
                              strcmp(soname, "libc++abi.so.1") == 0);
    fw_image_defines(image, names, hook_total, defines);
    for (size_t i = 0; i < hook_total; i++) {
        struct entry *entry = &entries[i];
        if (original_of(entry) >= image->start && original_of(entry) < image->end) {
            entry->home = image;
        } else if (defines[i] && is_libc) {
            entry->in_libc = true;
        } else if (defines[i]) {
            entry->elsewhere = true;
        }
    }
}

void fw_patch_forget(const struct fw_image *image)
{
    for (size_t i = 0; i < hook_total; i++) {
        if (entries[i].home == image) {
            entries[i].home = NULL;
        }
    }
}

struct patching {
    const struct fw_image *image;
    const char *path;
    enum fw_scope scope;
    bool unbound_now; /* this pass is for slots that are not bound */
    bool has_own;     /* the object is bound to another definition of a name than the original */
    bool writable;
    bool refused;
    struct fw_patched patched;
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

/* True if the loader would put the original into this slot. It looks for the name in the global scope and then in the
 * libraries that the object was opened with, or with RTLD_DEEPBIND the other way round, which nothing tells; and in
 * both for the version that the slot wants. So there must be but one definition. The C or C++ library's own beside one
 * that all are meant to use (an allocator under LD_PRELOAD) does not count, unless the object is seen to have it: with
 * RTLD_DEEPBIND, what the C library allocates inside would come from the one and be freed by the other, hook or no
 * hook. */
static bool would_be_original(const struct patching *patching, const struct fw_slot *slot, const struct entry *entry)
{
    if (!entry->home || fw_image_address(entry->home, slot->symbol, slot->version) != original_of(entry)) {
        return false;
    }
    return patching->scope == FW_SCOPE_GLOBAL || !(entry->elsewhere || (entry->in_libc && patching->has_own));
}

/* True if the slot is to be written in this pass. */
static bool is_wanted(struct patching *patching, const struct fw_slot *slot, const struct entry *entry)
{
    if (slot->unbound) {
        bool wanted = patching->unbound_now && would_be_original(patching, slot, entry);
        patching->patched.unbound |= !wanted;
        return wanted;
    }
    if ((entry->elsewhere || entry->in_libc) && *slot->at != *entry->hook->original &&
        *slot->at != entry->hook->replacement) {
        patching->has_own = true;
    }
    return *slot->at == *entry->hook->original;
}

static void patch_slot(void *argument, const struct fw_slot *slot)
{
    struct patching *patching = argument;
    const struct entry *entry = entry_named(slot->symbol);
    if (!entry || patching->refused || !is_wanted(patching, slot, entry)) {
        return;
    }
    const struct fw_image *image = patching->image;
    uintptr_t at = (uintptr_t)slot->at;
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
    __atomic_store_n(slot->at, entry->hook->replacement, __ATOMIC_RELEASE);
    patching->patched.slots++;
}

struct fw_patched fw_patch_image(const struct fw_image *image, const char *path, enum fw_scope scope)
{
    struct patching patching = {.image = image, .path = path, .scope = scope};
    fw_image_slots(image, patch_slot, &patching);
    if (patching.patched.unbound && scope != FW_SCOPE_LATER) {
        patching.patched.unbound = false;
        patching.unbound_now = true;
        fw_image_slots(image, patch_slot, &patching);
    }
    if (patching.writable) {
        protect_relro(&patching, PROT_READ);
    }
    return patching.patched;
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
    for (size_t i = 0; i < hook_total; i++) {
        if (entries[i].hook->early && redirect(image, entries[i].hook)) {
            redirected++;
        }
    }
    return redirected;
}
