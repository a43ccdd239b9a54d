#include "jvm_locks.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "patch/objects.h"
#include "procfs.h"

/* A Mutex begins with its owner, then a mutex and a condition of the C library (runtime/mutex.hpp, os_posix.hpp; since
 * JDK 13): what threads sleep on is no further in. */
static const size_t LOCK_BYTES = sizeof(void *) + sizeof(pthread_mutex_t) + sizeof(pthread_cond_t);
enum { NAME_BYTES = 128, HEADERS_MAX = 64, SYMBOLS_AT_ONCE = 512 };

struct library {
    int file;
    uintptr_t bias;
    ElfW(Ehdr) header;
    ElfW(Phdr) segments[HEADERS_MAX];
    ElfW(Shdr) sections[HEADERS_MAX];
};

static bool read_at(const struct library *library, uint64_t offset, void *to, size_t size)
{
    return pread(library->file, to, size, (off_t)offset) == (ssize_t)size;
}

static bool read_headers(struct library *library)
{
    const ElfW(Ehdr) *header = &library->header;
    return read_at(library, 0, &library->header, sizeof library->header) &&
           memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS64 &&
           header->e_phnum <= HEADERS_MAX && header->e_shnum <= HEADERS_MAX &&
           header->e_phentsize == sizeof(ElfW(Phdr)) && header->e_shentsize == sizeof(ElfW(Shdr)) &&
           read_at(library, header->e_phoff, library->segments, header->e_phnum * sizeof(ElfW(Phdr))) &&
           read_at(library, header->e_shoff, library->sections, header->e_shnum * sizeof(ElfW(Shdr)));
}

static bool same_bytes(const struct library *library, uint64_t offset, uintptr_t address, size_t size)
{
    uint8_t in_file[512];
    uint8_t in_memory[512];
    return size <= sizeof in_file && read_at(library, offset, in_file, size) &&
           fw_proc_memory(fw_getpid(), address, in_memory, size) == FW_MEMORY_READ &&
           memcmp(in_file, in_memory, size) == 0;
}

/* An update may have replaced the file under the running JVM: its header (which has the file's length in it, as the
 * offset of the sections) and its notes (the build-id) must be what is loaded. */
static bool is_loaded(const struct library *library)
{
    bool proved = false;
    for (unsigned i = 0; i < library->header.e_phnum; i++) {
        const ElfW(Phdr) *segment = &library->segments[i];
        if (segment->p_type == PT_LOAD && segment->p_offset == 0) {
            if (!same_bytes(library, 0, library->bias + segment->p_vaddr, sizeof library->header)) {
                return false;
            }
            proved = true;
        } else if (segment->p_type == PT_NOTE &&
                   !same_bytes(library, segment->p_offset, library->bias + segment->p_vaddr, segment->p_filesz)) {
            return false;
        }
    }
    return proved;
}

static const ElfW(Shdr) * symbol_table(const struct library *library)
{
    const ElfW(Shdr) *found = NULL;
    for (unsigned i = 0; i < library->header.e_shnum; i++) {
        const ElfW(Shdr) *section = &library->sections[i];
        bool usable = section->sh_entsize == sizeof(ElfW(Sym)) && section->sh_link < library->header.e_shnum;
        if (usable && (section->sh_type == SHT_SYMTAB || (section->sh_type == SHT_DYNSYM && !found))) {
            found = section;
        }
    }
    return found;
}

/* The value of the pointer variable that the symbol names; 0 where it cannot be one. */
static uintptr_t pointer_of(const struct library *library, const ElfW(Sym) * symbol)
{
    if (ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT || symbol->st_size != sizeof(uintptr_t) ||
        symbol->st_shndx == SHN_UNDEF || symbol->st_value % sizeof(uintptr_t)) {
        return 0;
    }
    for (unsigned i = 0; i < library->header.e_phnum; i++) {
        const ElfW(Phdr) *segment = &library->segments[i];
        if (segment->p_type == PT_LOAD && segment->p_flags & PF_W && symbol->st_value >= segment->p_vaddr &&
            symbol->st_value - segment->p_vaddr < segment->p_memsz) {
            return *(const uintptr_t *)(library->bias + symbol->st_value);
        }
    }
    return 0;
}

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name);
    return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

/* Appends one <length><identifier> of a mangled name (Itanium C++ ABI, 5.1.3); what follows it, NULL where it is none.
 */
static const char *identifier(const char *at, char *name, size_t size)
{
    size_t length = 0;
    while (*at >= '0' && *at <= '9' && length < NAME_BYTES) {
        length = length * 10 + (size_t)(*at++ - '0');
    }
    size_t used = strlen(name);
    if (!length || strnlen(at, length) < length || used + length + sizeof "::" > size) {
        return NULL;
    }
    if (used) {
        memcpy(name + used, "::", 3);
        used += 2;
    }
    memcpy(name + used, at, length);
    name[used + length] = '\0';
    return at + length;
}

/* As it stands in the source: of variables, the file's own (_ZL4name) and those of classes (_ZN5Class4nameE) are
 * mangled. False for a name that no lock has. */
static bool plain_name(const char *symbol, char *name, size_t size)
{
    bool own = strncmp(symbol, "_ZL", 3) == 0;
    bool nested = strncmp(symbol, "_ZN", 3) == 0;
    name[0] = '\0';
    if (own || nested) {
        const char *at = symbol + 3;
        do {
            at = identifier(at, name, size);
        } while (at && nested && *at != 'E');
        if (!at || strcmp(at, nested ? "E" : "") != 0) {
            return false;
        }
    } else if (strlen(symbol) < size) {
        memcpy(name, symbol, strlen(symbol) + 1);
    }
    return ends_in(name, "_lock") || ends_in(name, "_monitor");
}

static bool name_of(const struct library *library, const ElfW(Shdr) * strings, const ElfW(Sym) * symbol, char *name,
                    size_t size)
{
    char text[NAME_BYTES];
    if (symbol->st_name >= strings->sh_size) {
        return false;
    }
    size_t room = strings->sh_size - symbol->st_name;
    size_t length = room < sizeof text ? room : sizeof text;
    return read_at(library, strings->sh_offset + symbol->st_name, text, length) && memchr(text, '\0', length) &&
           plain_name(text, name, size);
}

/* The nearest lock that begins at or below address. */
static bool search(const struct library *library, uintptr_t address, char *name, size_t size)
{
    const ElfW(Shdr) *table = symbol_table(library);
    ElfW(Sym) symbols[SYMBOLS_AT_ONCE];
    uintptr_t nearest = 0;
    for (uint64_t done = 0; table && done + sizeof *symbols <= table->sh_size;) {
        size_t count = (table->sh_size - done) / sizeof *symbols;
        count = count < SYMBOLS_AT_ONCE ? count : SYMBOLS_AT_ONCE;
        if (!read_at(library, table->sh_offset + done, symbols, count * sizeof *symbols)) {
            break;
        }
        done += count * sizeof *symbols;
        for (size_t i = 0; i < count; i++) {
            char found[NAME_BYTES];
            uintptr_t lock = pointer_of(library, &symbols[i]);
            if (lock > nearest && lock <= address && address - lock < LOCK_BYTES &&
                name_of(library, &library->sections[table->sh_link], &symbols[i], found, sizeof found) &&
                strlen(found) < size) {
                nearest = lock;
                memcpy(name, found, strlen(found) + 1);
            }
        }
    }
    return nearest;
}

bool fw_jvm_lock_name_in(const char *path, uintptr_t bias, uintptr_t address, char *name, size_t size)
{
    int saved = errno;
    struct library library = {.file = open(path, O_RDONLY | O_CLOEXEC), .bias = bias};
    bool found = false;
    if (library.file >= 0) {
        found = read_headers(&library) && is_loaded(&library) && search(&library, address, name, size);
        close(library.file);
    }
    errno = saved;
    return found;
}

bool fw_jvm_lock_name(uintptr_t address, char *name, size_t size)
{
    const char *path;
    uintptr_t bias;
    return fw_objects_libjvm(&path, &bias) && fw_jvm_lock_name_in(path, bias, address, name, size);
}
