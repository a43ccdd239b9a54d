/* Holds what runs in a forked child against the list of what may be called there.
 *
 *   child-symbols ALLOW OBJECT...
 *
 * Reads the agent's object files as they are linked (ELF64, compiled with -ffunction-sections -fdata-sections, so that
 * a section is a function or a variable) and follows relocations from every function of the objects in src/child, and
 * from every hook (fw_hook_*) of those in src/hooks, to the sections of all objects, as far as they reach. A name that
 * no object defines must stand in ALLOW: one name a line, then its reason; '#' starts a comment. A line "!name" is a
 * function of the agent that is not followed, since it does nothing in a child. Prints each way to a name that is not
 * allowed, and exits with 1 then.
 *
 * Calls through pointers are not followed: in src/child these are the originals of hooked functions, whose names are
 * what the application itself called. */
#include <elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct object {
    const char *path;
    const char *bytes;
    size_t size;
    const Elf64_Shdr *sections;
    unsigned section_count;
    const char *section_names;
    const Elf64_Sym *symbols;
    size_t symbol_count;
    const char *strings;
    struct origin *reached; /* a section each */
};

/* How a section was reached: from another one, or as a root. */
struct origin {
    bool reached;
    const struct object *object;
    unsigned section;
};

struct place {
    struct object *object;
    unsigned section;
};

static struct object *objects;
static int object_count;
static struct place *waiting;
static size_t waiting_count;
static const char *allowed;

static void die(const char *path, const char *problem)
{
    fprintf(stderr, "child-symbols: %s: %s\n", path, problem);
    exit(2);
}

static char *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        die(path, "cannot be read");
    }
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size + 1);
    if (!bytes || fread(bytes, 1, *size, file) != *size) {
        die(path, "cannot be read");
    }
    bytes[*size] = '\0';
    fclose(file);
    return bytes;
}

static void open_object(struct object *object, const char *path)
{
    object->path = path;
    object->bytes = read_whole(path, &object->size);
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)(const void *)object->bytes;
    if (object->size < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_type != ET_REL) {
        die(path, "no relocatable 64-bit ELF object");
    }
    object->sections = (const Elf64_Shdr *)(const void *)(object->bytes + header->e_shoff);
    object->section_count = header->e_shnum;
    object->section_names = object->bytes + object->sections[header->e_shstrndx].sh_offset;
    object->reached = calloc(object->section_count, sizeof *object->reached);
    for (unsigned i = 0; i < object->section_count; i++) {
        const Elf64_Shdr *section = &object->sections[i];
        if (section->sh_type == SHT_SYMTAB) {
            object->symbols = (const Elf64_Sym *)(const void *)(object->bytes + section->sh_offset);
            object->symbol_count = section->sh_size / sizeof *object->symbols;
            object->strings = object->bytes + object->sections[section->sh_link].sh_offset;
        }
    }
    if (!object->reached) {
        die(path, "no memory");
    }
}

static const char *name_of(const struct object *object, const Elf64_Sym *symbol)
{
    return object->strings + symbol->st_name;
}

static void reach(struct object *object, unsigned section, const struct object *from, unsigned from_section)
{
    if (section < object->section_count && !object->reached[section].reached) {
        object->reached[section] = (struct origin){.reached = true, .object = from, .section = from_section};
        waiting[waiting_count++] = (struct place){.object = object, .section = section};
    }
}

static bool is_defined_globally(const Elf64_Sym *symbol)
{
    return ELF64_ST_BIND(symbol->st_info) != STB_LOCAL && symbol->st_shndx != SHN_UNDEF;
}

/* True if ALLOW has a line that begins with prefix and the name. */
static bool is_listed(char prefix, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = allowed; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *at = line + (prefix && *line == prefix);
        if ((!prefix || at > line) && strncmp(at, name, length) == 0 && (at[length] == ' ' || at[length] == '\t')) {
            return true;
        }
    }
    return false;
}

/* True if one of the agent's objects defines it. */
static bool reach_by_name(const char *name, const struct object *from, unsigned from_section)
{
    bool found = is_listed('!', name);
    if (found) {
        return true;
    }
    for (int i = 0; i < object_count; i++) {
        struct object *object = &objects[i];
        for (size_t k = 0; k < object->symbol_count; k++) {
            const Elf64_Sym *symbol = &object->symbols[k];
            if (is_defined_globally(symbol) && strcmp(name_of(object, symbol), name) == 0) {
                reach(object, symbol->st_shndx, from, from_section);
                found = true;
            }
        }
    }
    return found;
}

static void print_way(const struct object *object, unsigned section)
{
    while (object) {
        const char *file = strrchr(object->path, '/');
        printf("    from %s in %s\n", object->section_names + object->sections[section].sh_name,
               file ? file + 1 : object->path);
        struct origin origin = object->reached[section];
        object = origin.object;
        section = origin.section;
    }
}

/* Follows one relocation; true unless it leads to a name that is not allowed. */
static bool follow(struct object *object, unsigned section, const Elf64_Rela *relocation)
{
    const Elf64_Sym *symbol = &object->symbols[ELF64_R_SYM(relocation->r_info)];
    if (symbol->st_shndx != SHN_UNDEF) {
        reach(object, symbol->st_shndx, object, section);
        return true;
    }
    const char *name = name_of(object, symbol);
    if (!*name || reach_by_name(name, object, section) || is_listed('\0', name)) {
        return true;
    }
    printf("not async-signal-safe, or not known to be: %s\n", name);
    print_way(object, section);
    return false;
}

static bool follow_all(struct object *object, unsigned section)
{
    bool good = true;
    for (unsigned i = 0; i < object->section_count; i++) {
        const Elf64_Shdr *table = &object->sections[i];
        if (table->sh_type != SHT_RELA || table->sh_info != section) {
            continue;
        }
        const Elf64_Rela *relocations = (const Elf64_Rela *)(const void *)(object->bytes + table->sh_offset);
        for (size_t k = 0; k < table->sh_size / sizeof *relocations; k++) {
            good &= follow(object, section, &relocations[k]);
        }
    }
    return good;
}

/* The hooks of one of the objects in src/hooks. */
static unsigned reach_hooks(struct object *object)
{
    unsigned roots = 0;
    for (size_t k = 0; k < object->symbol_count; k++) {
        const Elf64_Sym *symbol = &object->symbols[k];
        if (is_defined_globally(symbol) && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
            strncmp(name_of(object, symbol), "fw_hook_", 8) == 0) {
            reach(object, symbol->st_shndx, NULL, 0);
            roots++;
        }
    }
    return roots;
}

/* Every function of the objects that were compiled from src/child, and the hooks. */
static unsigned reach_roots(void)
{
    unsigned roots = 0;
    for (int i = 0; i < object_count; i++) {
        roots += strstr(objects[i].path, "/src/hooks/") ? reach_hooks(&objects[i]) : 0;
    }
    for (int i = 0; i < object_count; i++) {
        struct object *object = &objects[i];
        for (unsigned k = 0; strstr(object->path, "/src/child/") && k < object->section_count; k++) {
            if (object->sections[k].sh_type == SHT_PROGBITS && object->sections[k].sh_flags & SHF_EXECINSTR &&
                object->sections[k].sh_size) {
                reach(object, k, NULL, 0);
                roots++;
            }
        }
    }
    return roots;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: child-symbols ALLOW OBJECT...\n", stderr);
        return 2;
    }
    size_t size;
    allowed = read_whole(argv[1], &size);
    object_count = argc - 2;
    objects = calloc((size_t)object_count, sizeof *objects);
    size_t sections = 0;
    for (int i = 0; objects && i < object_count; i++) {
        open_object(&objects[i], argv[i + 2]);
        sections += objects[i].section_count;
    }
    waiting = calloc(sections, sizeof *waiting);
    if (!waiting) {
        die(argv[1], "no memory");
    }
    unsigned roots = reach_roots();
    /* Without -ffunction-sections a root would be a whole file, and what it reaches too much. */
    if (roots < 10) {
        die(argv[2], "fewer than ten functions in src/child: are the objects compiled with -ffunction-sections?");
    }
    bool good = true;
    for (size_t next = 0; next < waiting_count; next++) {
        good &= follow_all(waiting[next].object, waiting[next].section);
    }
    printf("%u functions in src/child and hooks reach %zu functions and variables of the agent: %s\n", roots,
           waiting_count, good ? "all that they call outside is allowed" : "not all that they call outside is allowed");
    return good ? 0 : 1;
}
