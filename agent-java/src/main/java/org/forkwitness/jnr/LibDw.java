package org.forkwitness.jnr;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.Delegate;

/**
 * libdw.so.1 of elfutils: the functions of {@code elfutils/libdw.h} and {@code elfutils/libdwfl.h} (0.188) that
 * symbols need. A handle is for one thread at a time.
 */
public interface LibDw {
    /** The name under which the dynamic linker finds it. */
    String NAME = "libdw.so.1";

    /** {@code DW_TAG_inlined_subroutine} of DWARF 5, table 7.3. */
    int DW_TAG_INLINED_SUBROUTINE = 0x1d;

    /** {@code DW_TAG_subprogram}. */
    int DW_TAG_SUBPROGRAM = 0x2e;

    /** {@code DW_AT_call_file} of DWARF 5, table 7.5. */
    int DW_AT_CALL_FILE = 0x58;

    /** {@code DW_AT_call_line}. */
    int DW_AT_CALL_LINE = 0x59;

    /** {@code DW_AT_linkage_name}. */
    int DW_AT_LINKAGE_NAME = 0x6e;

    /** {@code DW_AT_MIPS_linkage_name}: what compilers wrote before DWARF 4. */
    int DW_AT_MIPS_LINKAGE_NAME = 0x2007;

    /** Bytes of a {@code Dwarf_Die}: three pointers and a long. */
    int SIZEOF_DWARF_DIE = 32;

    /** Bytes of a {@code Dwarf_Attribute}: two ints, two pointers. */
    int SIZEOF_DWARF_ATTRIBUTE = 24;

    /** Bytes of a {@code Dwfl_Callbacks}: four pointers. */
    int SIZEOF_DWFL_CALLBACKS = 32;

    /** Where its {@code find_debuginfo} stands. */
    int FIND_DEBUGINFO = 8;

    /** Bytes of a {@code GElf_Sym}, which is an {@code Elf64_Sym} (elf(5)). */
    int SIZEOF_GELF_SYM = 24;

    /** Where its {@code st_info} stands. */
    int GELF_SYM_INFO = 4;

    /** Where its {@code st_size} stands. */
    int GELF_SYM_SIZE = 16;

    /** Bytes of a {@code Dwfl_Thread_Callbacks}: six pointers. */
    int SIZEOF_DWFL_THREAD_CALLBACKS = 48;

    /** Where its {@code get_thread} stands; {@code next_thread} is the first. */
    int GET_THREAD = 8;

    /** Where its {@code memory_read} stands. */
    int MEMORY_READ = 16;

    /** Where its {@code set_initial_registers} stands. */
    int SET_INITIAL_REGISTERS = 24;

    /** The type's bits in {@code st_info} (ELF64_ST_TYPE). */
    int STT_MASK = 0xf;

    /** Type of a variable. */
    int STT_OBJECT = 1;

    /** Type of a function. */
    int STT_FUNC = 2;

    /** Starts a session; null on error. {@code callbacks} must live as long as the session. */
    Pointer dwfl_begin(Pointer callbacks);

    /** Ends a session and frees all that came from it. */
    void dwfl_end(Pointer dwfl);

    /** Starts to report modules. */
    void dwfl_report_begin(Pointer dwfl);

    /** Adds an ELF file by the addresses of its program headers, moved by {@code base}; null on error. */
    Pointer dwfl_report_elf(Pointer dwfl, String name, String fileName, int fd, long base, int addPVaddr);

    /** Ends the reporting; not 0 on error. */
    int dwfl_report_end(Pointer dwfl, Pointer removed, Pointer argument);

    /** The {@code Elf} handle of a module; {@code bias}: what was added to the file's addresses. Null on error. */
    Pointer dwfl_module_getelf(Pointer module, Pointer bias);

    /** Starts to report modules beside those that are there. */
    void dwfl_report_begin_add(Pointer dwfl);

    /** The module that holds an address; null where none does. */
    Pointer dwfl_addrmodule(Pointer dwfl, long address);

    /** Says how a process's threads are read; not 0 on success. {@code callbacks} must live as long as the session. */
    byte dwfl_attach_state(Pointer dwfl, Pointer elf, int pid, Pointer callbacks, Pointer argument);

    /** Calls {@code callback} for each frame of a thread: 0, what the callback returned, or -1 on error. */
    int dwfl_getthread_frames(Pointer dwfl, int tid, FrameCallback callback, Pointer argument);

    /** The program counter of a frame; 0 on error. */
    byte dwfl_frame_pc(Pointer frame, Pointer pc, Pointer isActivation);

    /** Sets registers, by their DWARF numbers, from {@code first} on: for {@link InitialRegisters} alone. */
    byte dwfl_thread_state_registers(Pointer thread, int first, int count, Pointer values);

    /** Sets the program counter, likewise. */
    void dwfl_thread_state_register_pc(Pointer thread, long pc);

    /** Takes a frame; not 0 ends the unwinding. */
    interface FrameCallback {
        @Delegate
        int frame(Pointer frame, Pointer argument);
    }

    /** {@code next_thread} of a {@code Dwfl_Thread_Callbacks}: 0 where there is none. */
    interface NextThread {
        @Delegate
        int next(Pointer dwfl, Pointer argument, Pointer threadArgument);
    }

    /** {@code get_thread}: 1 where there is this thread. */
    interface GetThread {
        @Delegate
        int get(Pointer dwfl, int tid, Pointer argument, Pointer threadArgument);
    }

    /** {@code memory_read}: puts the word at an address into {@code result}; 0 where it is not known. */
    interface MemoryRead {
        @Delegate
        int read(Pointer dwfl, long address, Pointer result, Pointer argument);
    }

    /** {@code set_initial_registers}: 0 on error. */
    interface InitialRegisters {
        @Delegate
        int set(Pointer thread, Pointer threadArgument);
    }

    /** Name of the file that {@code .gnu_debuglink} of an {@code Elf} handle tells; null where it has none. */
    String dwelf_elf_gnu_debuglink(Pointer elf, Pointer crc);

    /** Name of the symbol at an address; null where there is none. */
    String dwfl_module_addrname(Pointer module, long address);

    /**
     * Name of the symbol that an address belongs to, with the address's {@code offset} in it and the symbol itself; null
     * where there is none. The last three pointers may be null.
     */
    String dwfl_module_addrinfo(
            Pointer module, long address, Pointer offset, Pointer symbol, Pointer section, Pointer elf, Pointer bias);

    /** Source line of an address; null where there is none. */
    Pointer dwfl_module_getsrc(Pointer module, long address);

    /** File of a line; {@code line} gets its number. All other pointers may be null. */
    String dwfl_lineinfo(Pointer src, Pointer address, Pointer line, Pointer column, Pointer mtime, Pointer length);

    /** The compilation unit of an address; null where there is none. */
    Pointer dwfl_module_addrdie(Pointer module, long address, Pointer bias);

    /** The compilation unit after {@code last} (null: the first one); null at the end. */
    Pointer dwfl_module_nextcu(Pointer module, Pointer last, Pointer bias);

    /** 1 if the DIE's ranges hold a pc, 0 if not, -1 on error. */
    int dwarf_haspc(Pointer die, long pc);

    /** Source line of a pc in its compilation unit; null where there is none. */
    Pointer dwarf_getsrc_die(Pointer cuDie, long pc);

    /** File of a line; null on error. Both pointers may be null. */
    String dwarf_linesrc(Pointer line, Pointer mtime, Pointer length);

    /** Number of a line; not 0 on error. */
    int dwarf_lineno(Pointer line, Pointer number);

    /** Scopes that hold a pc, innermost first, as an array to free(3); their number, or -1. */
    int dwarf_getscopes(Pointer cuDie, long pc, Pointer scopes);

    /** A DIE and those that it stands in, innermost first, as an array to free(3); their number, or -1. */
    int dwarf_getscopes_die(Pointer die, Pointer scopes);

    /** Tag of a DIE. */
    int dwarf_tag(Pointer die);

    /** Attribute of a DIE or of what it is an instance of; null where there is none. */
    Pointer dwarf_attr_integrate(Pointer die, int name, Pointer result);

    /** Value of a string attribute; null on error. */
    String dwarf_formstring(Pointer attribute);

    /** Value of an unsigned attribute; not 0 on error. */
    int dwarf_formudata(Pointer attribute, Pointer result);

    /** {@code DW_AT_name} of a DIE; null where it has none. */
    String dwarf_diename(Pointer die);

    /** The file table of a compilation unit; not 0 on error. */
    int dwarf_getsrcfiles(Pointer cuDie, Pointer files, Pointer count);

    /** Name of a file in the table; null on error. */
    String dwarf_filesrc(Pointer files, long index, Pointer mtime, Pointer length);
}
