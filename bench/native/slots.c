/* Takes the hooks of an agent out of the GOT slots of this process and puts them back, so that one process can be
 * measured with and without them. For processes whose slots were all bound at their start (LD_BIND_NOW). */
#include <elf.h>
#include <jni.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NAMES_SYMBOL(type) ((type) == R_X86_64_64 || (type) == R_X86_64_GLOB_DAT || (type) == R_X86_64_JUMP_SLOT)
#else
#define NAMES_SYMBOL(type) ((type) == R_AARCH64_ABS64 || (type) == R_AARCH64_GLOB_DAT || (type) == R_AARCH64_JUMP_SLOT)
#endif

/* before is what the slot held when it was remembered, hooked what it holds with the agent. gives: the function gives a
 * lock back. */
struct slot {
    _Atomic uintptr_t *at;
    uintptr_t before;
    uintptr_t hooked;
    bool gives;
};

struct object {
    uintptr_t bias;
    const ElfW(Sym) * symbols;
    const char *strings;
};

static struct slot *slots;
static size_t count, room;

static bool gives_back(const char *name)
{
    static const char *const names[] = {"pthread_mutex_unlock", "pthread_rwlock_unlock",
                                        "pthread_spin_unlock",  "sem_post",
                                        "funlockfile",          "mtx_unlock"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void add(uintptr_t at, bool gives)
{
    if (count == room) {
        room = room ? 2 * room : 4096;
        slots = realloc(slots, room * sizeof *slots);
        if (!slots) {
            abort();
        }
    }
    _Atomic uintptr_t *slot = (_Atomic uintptr_t *)at;
    slots[count++] = (struct slot){.at = slot, .before = atomic_load(slot), .gives = gives};
}

static void add_table(const struct object *object, uintptr_t table, size_t bytes)
{
    const ElfW(Rela) *entry = (const ElfW(Rela) *)table;
    for (size_t i = 0; i < bytes / sizeof *entry; i++) {
        size_t symbol = ELF64_R_SYM(entry[i].r_info);
        if (NAMES_SYMBOL(ELF64_R_TYPE(entry[i].r_info)) && symbol) {
            add(object->bias + entry[i].r_offset, gives_back(object->strings + object->symbols[symbol].st_name));
        }
    }
}

static int add_object(struct dl_phdr_info *info, size_t size, void *argument)
{
    uintptr_t found[DT_NUM] = {0};
    (void)size;
    (void)argument;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_DYNAMIC) {
            continue;
        }
        for (const ElfW(Dyn) *d = (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr); d->d_tag; d++) {
            if (d->d_tag > 0 && d->d_tag < DT_NUM) {
                found[d->d_tag] = d->d_un.d_ptr;
            }
        }
    }
    /* The loader relocates these addresses in place, but in the vDSO, which has no slots. */
    if (found[DT_SYMTAB] > info->dlpi_addr) {
        struct object object = {info->dlpi_addr, (const ElfW(Sym) *)found[DT_SYMTAB], (const char *)found[DT_STRTAB]};
        add_table(&object, found[DT_RELA], found[DT_RELASZ]);
        add_table(&object, found[DT_JMPREL], found[DT_PLTRELSZ]);
    }
    return 0;
}

/* Remembers what the slots of all loaded objects hold. Before the agent comes; once. */
JNIEXPORT void JNICALL Java_HookSlots_remember(JNIEnv *env, jclass type)
{
    (void)env;
    (void)type;
    dl_iterate_phdr(add_object, NULL);
}

/* Keeps the slots that have changed since, and makes them writable. Returns how many. */
JNIEXPORT jint JNICALL Java_HookSlots_compare(JNIEnv *env, jclass type)
{
    (void)env;
    (void)type;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    size_t changed = 0;
    for (size_t i = 0; i < count; i++) {
        slots[i].hooked = atomic_load(slots[i].at);
        if (slots[i].hooked == slots[i].before) {
            continue;
        }
        uintptr_t start = (uintptr_t)slots[i].at & ~(page - 1);
        if (mprotect((void *)start, page, PROT_READ | PROT_WRITE) != 0) {
            abort();
        }
        slots[changed++] = slots[i];
    }
    count = changed;
    return (jint)changed;
}

/* Hooks them all, or none; or those functions only that give locks back. */
JNIEXPORT void JNICALL Java_HookSlots_set(JNIEnv *env, jclass type, jboolean takes, jboolean gives)
{
    (void)env;
    (void)type;
    for (size_t i = 0; i < count; i++) {
        bool hooked = slots[i].gives ? gives : takes;
        atomic_store(slots[i].at, hooked ? slots[i].hooked : slots[i].before);
    }
}
