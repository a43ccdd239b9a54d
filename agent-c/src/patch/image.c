#include "image.h"

#include <dlfcn.h>
#include <elf.h>
#include <string.h>

#if defined(__x86_64__)
enum { JUMP_SLOT = R_X86_64_JUMP_SLOT, GLOB_DAT = R_X86_64_GLOB_DAT, ABSOLUTE = R_X86_64_64 };
#elif defined(__aarch64__)
enum { JUMP_SLOT = R_AARCH64_JUMP_SLOT, GLOB_DAT = R_AARCH64_GLOB_DAT, ABSOLUTE = R_AARCH64_ABS64 };
#else
#error "Only x86-64 and aarch64 are supported"
#endif

void fw_image_of(const struct dl_phdr_info *info, struct fw_image *image)
{
    memset(image, 0, sizeof *image);
    image->bias = info->dlpi_addr;
    image->start = UINTPTR_MAX;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t at = info->dlpi_addr + header->p_vaddr;
        switch (header->p_type) {
        case PT_LOAD:
            image->start = at < image->start ? at : image->start;
            if (header->p_flags & PF_W) {
                image->data = image->data ? image->data : at;
                image->data_end = at + header->p_memsz;
            }
            if (header->p_flags & PF_X) {
                image->code = image->code ? image->code : at;
                image->code_end = at + header->p_memsz;
            }
            image->end = at + header->p_memsz > image->end ? at + header->p_memsz : image->end;
            break;
        case PT_DYNAMIC:
            image->dynamic = (const ElfW(Dyn) *)at;
            break;
        case PT_GNU_RELRO:
            image->relro = at;
            image->relro_size = header->p_memsz;
            break;
        default:
            break;
        }
    }
}

size_t fw_image_build_id(const struct dl_phdr_info *info, uint8_t *id)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_NOTE) {
            continue;
        }
        uintptr_t at = info->dlpi_addr + header->p_vaddr;
        uintptr_t end = at + header->p_memsz;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
            uintptr_t name = at + sizeof *note;
            uintptr_t body = name + ((note->n_namesz + 3u) & ~3u);
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp((const void *)name, "GNU", 4) == 0 &&
                note->n_descsz <= 64 && body + note->n_descsz <= end) {
                memcpy(id, (const void *)body, note->n_descsz);
                return note->n_descsz;
            }
            at = body + ((note->n_descsz + 3u) & ~3u);
        }
    }
    return 0;
}

struct tables {
    const ElfW(Half) * versions; /* DT_VERSYM */
    const ElfW(Verneed) * needed;
    size_t needed_count;
    const ElfW(Verdef) * defined;
    size_t defined_count;
    size_t soname; /* offset in strings */
    const uint32_t *gnu_hash;
    const ElfW(Sym) * symbols;
    const char *strings;
    const ElfW(Rela) * plt;
    size_t plt_bytes;
    const ElfW(Rela) * rela;
    size_t rela_bytes;
    size_t relative; /* DT_RELACOUNT: so many relocations at the start name no symbol */
    bool plt_is_rela;
};

/* glibc relocates d_ptr in place, musl does not. */
static uintptr_t address(const struct fw_image *image, uintptr_t pointer)
{
    return pointer >= image->start && pointer < image->end ? pointer : pointer + image->bias;
}

static void read_tables(const struct fw_image *image, struct tables *tables)
{
    memset(tables, 0, sizeof *tables);
    for (const ElfW(Dyn) *entry = image->dynamic; entry->d_tag != DT_NULL; entry++) {
        uintptr_t pointer = entry->d_un.d_ptr;
        switch (entry->d_tag) {
        case DT_SYMTAB:
            tables->symbols = (const ElfW(Sym) *)address(image, pointer);
            break;
        case DT_VERSYM:
            tables->versions = (const ElfW(Half) *)address(image, pointer);
            break;
        case DT_VERNEED:
            tables->needed = (const ElfW(Verneed) *)address(image, pointer);
            break;
        case DT_VERNEEDNUM:
            tables->needed_count = entry->d_un.d_val;
            break;
        case DT_VERDEF:
            tables->defined = (const ElfW(Verdef) *)address(image, pointer);
            break;
        case DT_VERDEFNUM:
            tables->defined_count = entry->d_un.d_val;
            break;
        case DT_SONAME:
            tables->soname = entry->d_un.d_val;
            break;
        case DT_GNU_HASH:
            tables->gnu_hash = (const uint32_t *)address(image, pointer);
            break;
        case DT_STRTAB:
            tables->strings = (const char *)address(image, pointer);
            break;
        case DT_JMPREL:
            tables->plt = (const ElfW(Rela) *)address(image, pointer);
            break;
        case DT_PLTRELSZ:
            tables->plt_bytes = entry->d_un.d_val;
            break;
        case DT_PLTREL:
            tables->plt_is_rela = entry->d_un.d_val == DT_RELA;
            break;
        case DT_RELA:
            tables->rela = (const ElfW(Rela) *)address(image, pointer);
            break;
        case DT_RELASZ:
            tables->rela_bytes = entry->d_un.d_val;
            break;
        case DT_RELACOUNT:
            tables->relative = entry->d_un.d_val;
            break;
        default:
            break;
        }
    }
}

/* Follows the chain of the name's bucket (the GNU hash section, binutils' bfd/elflink.c): header of four words, the
 * Bloom filter, the buckets, the chains; a chain ends at a hash with the lowest bit set. */
static size_t find_index(const struct tables *tables, const char *name, size_t from)
{
    uint32_t hash = 5381;
    for (const char *at = name; *at; at++) {
        hash = hash * 33 + (uint8_t)*at;
    }
    const uint32_t *header = tables->gnu_hash;
    enum { WORD_BITS = sizeof(ElfW(Addr)) * 8 };
    const ElfW(Addr) *bloom = (const ElfW(Addr) *)(header + 4);
    ElfW(Addr) word = bloom[hash / WORD_BITS % header[2]];
    if (!(word >> hash % WORD_BITS & word >> (hash >> header[3]) % WORD_BITS & 1)) {
        return 0;
    }
    const uint32_t *buckets = header + 4 + header[2] * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
    const uint32_t *chains = buckets + header[0];
    size_t index = from ? from + 1 : buckets[hash % header[0]];
    if (index < header[1] || (from && chains[from - header[1]] & 1)) {
        return 0;
    }
    for (;; index++) {
        uint32_t here = chains[index - header[1]];
        if ((here | 1) == (hash | 1) && strcmp(tables->strings + tables->symbols[index].st_name, name) == 0) {
            return index;
        }
        if (here & 1) {
            return 0;
        }
    }
}

/* The high bit of an entry of DT_VERSYM: not the default version. 0 and 1 are no versions (VER_NDX_LOCAL, _GLOBAL). */
enum { HIDDEN_VERSION = 0x8000, FIRST_VERSION = 2 };

static bool read_definitions(const struct fw_image *image, struct tables *tables)
{
    if (!image->dynamic) {
        return false;
    }
    read_tables(image, tables);
    return tables->symbols && tables->strings && tables->gnu_hash && tables->gnu_hash[0];
}

static const void *after(const void *record, size_t bytes)
{
    return (const char *)record + bytes;
}

/* The name of a version that the image defines; that which it wants of others. NULL: there is none. */
static const char *defined_version(const struct tables *tables, unsigned index)
{
    const ElfW(Verdef) *record = tables->defined;
    for (size_t i = 0; record && i < tables->defined_count; i++, record = after(record, record->vd_next)) {
        if (record->vd_ndx == index) {
            const ElfW(Verdaux) *name = after(record, record->vd_aux);
            return tables->strings + name->vda_name;
        }
    }
    return NULL;
}

static const char *wanted_version(const struct tables *tables, size_t symbol)
{
    unsigned index = tables->versions ? tables->versions[symbol] & ~(unsigned)HIDDEN_VERSION : 0;
    const ElfW(Verneed) *file = tables->needed;
    for (size_t i = 0; index >= FIRST_VERSION && file && i < tables->needed_count; i++) {
        const ElfW(Vernaux) *version = after(file, file->vn_aux);
        for (unsigned k = 0; k < file->vn_cnt; k++, version = after(version, version->vna_next)) {
            if (version->vna_other == index) {
                return tables->strings + version->vna_name;
            }
        }
        file = after(file, file->vn_next);
    }
    return NULL;
}

/* True if the loader gives this definition to who wants the version (check_match of glibc, elf/dl-lookup.c): one of the
 * same name, or one without version. */
static bool has_version(const struct tables *tables, size_t symbol, const char *wanted)
{
    unsigned index = tables->versions ? tables->versions[symbol] & ~(unsigned)HIDDEN_VERSION : 0;
    const char *version = index < FIRST_VERSION ? NULL : defined_version(tables, index);
    return !version || (wanted && strcmp(version, wanted) == 0);
}

uintptr_t fw_image_address(const struct fw_image *image, const char *name, const char *version)
{
    struct tables tables;
    uintptr_t found = 0;
    bool one = true;
    if (!read_definitions(image, &tables)) {
        return 0;
    }
    for (size_t index = find_index(&tables, name, 0); index; index = find_index(&tables, name, index)) {
        const ElfW(Sym) *symbol = &tables.symbols[index];
        if (symbol->st_shndx == SHN_UNDEF) {
            continue;
        }
        uintptr_t here = image->bias + symbol->st_value;
        if (!version && found) {
            one = one && here == found;
        } else if (!found && (!version || has_version(&tables, index, version))) {
            found = here;
        }
    }
    return one ? found : 0;
}

void fw_image_defines(const struct fw_image *image, const char *const *names, size_t count, bool *defines)
{
    struct tables tables;
    bool any = read_definitions(image, &tables);
    for (size_t i = 0; i < count; i++) {
        size_t index = any ? find_index(&tables, names[i], 0) : 0;
        while (index && tables.symbols[index].st_shndx == SHN_UNDEF) {
            index = find_index(&tables, names[i], index);
        }
        defines[i] = index != 0;
    }
}

const char *fw_image_soname(const struct fw_image *image)
{
    struct tables tables;
    if (!image->dynamic) {
        return NULL;
    }
    read_tables(image, &tables);
    return tables.soname && tables.strings ? tables.strings + tables.soname : NULL;
}

ElfW(Sym) * fw_image_definition(const struct fw_image *image, const char *name)
{
    struct tables tables;
    if (!read_definitions(image, &tables)) {
        return NULL;
    }
    for (size_t index = find_index(&tables, name, 0); index; index = find_index(&tables, name, index)) {
        const ElfW(Sym) *symbol = &tables.symbols[index];
        bool fallback = !tables.versions || !(tables.versions[index] & HIDDEN_VERSION);
        if (symbol->st_shndx != SHN_UNDEF && fallback) {
            return (ElfW(Sym) *)symbol;
        }
    }
    return NULL;
}

struct search {
    const char *name;
    uintptr_t known; /* what dlsym answers; 0: any definition */
    struct fw_definition *definition;
};

/* Runs under the lock of dl_iterate_phdr: copies, nothing else. */
static int note_definition(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    const struct search *search = argument;
    struct fw_image *image = &search->definition->image;
    fw_image_of(info, image);
    if (search->known && (search->known < image->start || search->known >= image->end)) {
        return 0;
    }
    const ElfW(Sym) *symbol = fw_image_definition(image, search->name);
    if (!symbol && search->known && info->dlpi_name && info->dlpi_name[0]) {
        /* It has another kind of hash table. Only a program lends addresses of what it does not define. */
        search->definition->address = search->known;
        search->definition->path = info->dlpi_name;
        return 1;
    }
    if (!symbol) {
        return search->known != 0 ? -1 : 0;
    }
    bool selects = ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC;
    search->definition->address = search->known || selects ? search->known : image->bias + symbol->st_value;
    search->definition->path = info->dlpi_name;
    return search->definition->address ? 1 : -1;
}

/* The loader lists the objects in the order in which it searches them for the program's names; those that dlopen
 * brought stand behind. */
bool fw_image_defining(const char *name, struct fw_definition *definition)
{
    struct search search = {.name = name, .definition = definition};
    search.known = (uintptr_t)dlsym(RTLD_DEFAULT, name);
    if (!search.known) {
        return false;
    }
    if (dl_iterate_phdr(note_definition, &search) == 1) {
        return true;
    }
    search.known = 0;
    return dl_iterate_phdr(note_definition, &search) == 1;
}

/* The program is the first of the list. */
static int note_program(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    fw_image_of(info, argument);
    return 1;
}

void *fw_image_function(const char *name)
{
    static struct fw_image program;
    struct fw_definition definition;
    uintptr_t address = (uintptr_t)dlsym(RTLD_DEFAULT, name);
    if (!program.end) {
        dl_iterate_phdr(note_program, &program);
    }
    bool is_lent = address >= program.start && address < program.end && fw_image_definition(&program, name) == NULL;
    return (void *)(is_lent && fw_image_defining(name, &definition) ? definition.address : address);
}

struct around {
    uintptr_t address;
    const void *start;
};

static int note_around(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    struct around *around = argument;
    struct fw_image image;
    fw_image_of(info, &image);
    if (around->address < image.start || around->address >= image.end) {
        return 0;
    }
    around->start = (const void *)image.start;
    return 1;
}

const void *fw_image_around(const void *address)
{
    struct around around = {.address = (uintptr_t)address};
    dl_iterate_phdr(note_around, &around);
    return around.start;
}

static void visit_table(const struct fw_image *image, const struct tables *tables, const ElfW(Rela) * entries,
                        size_t count, fw_slot_visitor visit, void *argument)
{
    for (size_t i = 0; i < count; i++) {
        const ElfW(Rela) *entry = &entries[i];
        unsigned long type = ELF64_R_TYPE(entry->r_info);
        size_t index = ELF64_R_SYM(entry->r_info);
        if (!index || (type != JUMP_SLOT && type != GLOB_DAT && type != ABSOLUTE) ||
            (type == ABSOLUTE && entry->r_addend)) {
            continue;
        }
        const ElfW(Sym) *symbol = &tables->symbols[index];
        void **slot = (void **)(image->bias + entry->r_offset);
        /* A slot that is not bound yet leads back into its own object's PLT. */
        uintptr_t value = (uintptr_t)*slot;
        bool unbound =
            type == JUMP_SLOT && symbol->st_shndx == SHN_UNDEF && value >= image->start && value < image->end;
        struct fw_slot found = {.symbol = tables->strings + symbol->st_name,
                                .version = unbound ? wanted_version(tables, index) : NULL,
                                .at = slot,
                                .unbound = unbound};
        visit(argument, &found);
    }
}

void fw_image_slots(const struct fw_image *image, fw_slot_visitor visit, void *argument)
{
    if (!image->dynamic) {
        return;
    }
    struct tables tables;
    read_tables(image, &tables);
    if (!tables.symbols || !tables.strings) {
        return;
    }
    if (tables.plt && tables.plt_is_rela) {
        visit_table(image, &tables, tables.plt, tables.plt_bytes / sizeof *tables.plt, visit, argument);
    }
    size_t entries = tables.rela_bytes / sizeof *tables.rela;
    if (tables.rela && tables.relative < entries) {
        visit_table(image, &tables, tables.rela + tables.relative, entries - tables.relative, visit, argument);
    }
}
