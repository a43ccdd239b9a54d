package org.forkwitness.symbols;

import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jnr.ffi.Pointer;
import org.forkwitness.jnr.LibDw;

/**
 * Symbols of one file by libdw: function, file, line and what was inlined, as {@code addr2line -i} of elfutils finds
 * them (its source, {@code src/addr2line.c}, is the model of the order of calls).
 */
final class DwarfSymbols implements ModuleSymbols {
    /** Where the file is put in the session: any place above the first pages, a multiple of every p_align in use. */
    private static final long BASE = 0x10000000L;

    private final Libdw libdw;
    private final LibDw dw;
    private final Demangler demangler;
    private final Pointer session;
    /** The session reads it as long as it lives, and the memory lives as long as this object. */
    private final Pointer callbacks;

    private final Pointer module;
    private final long bias;

    private DwarfSymbols(
            Libdw libdw, Demangler demangler, Pointer session, Pointer callbacks, Pointer module, long bias) {
        this.libdw = libdw;
        this.dw = libdw.dw();
        this.demangler = demangler;
        this.session = session;
        this.callbacks = callbacks;
        this.module = module;
        this.bias = bias;
    }

    /** Opens a file; empty where libdw can do nothing with it. */
    static Optional<ModuleSymbols> open(Libdw libdw, Demangler demangler, Path file) {
        LibDw dw = libdw.dw();
        Pointer callbacks = libdw.callbacks();
        Pointer session = dw.dwfl_begin(callbacks);
        if (session == null) {
            return Optional.empty();
        }
        dw.dwfl_report_begin(session);
        Pointer module = dw.dwfl_report_elf(session, file.getFileName().toString(), file.toString(), -1, BASE, 1);
        int failed = dw.dwfl_report_end(session, null, null);
        Pointer bias = libdw.allocate(Long.BYTES);
        Pointer elf = module == null || failed != 0 ? null : dw.dwfl_module_getelf(module, bias);
        if (elf == null) {
            dw.dwfl_end(session);
            return Optional.empty();
        }
        String link = dw.dwelf_elf_gnu_debuglink(elf, libdw.allocate(Integer.BYTES));
        if (link != null && DebugLink.exists(file, link)) {
            libdw.followDebugLink(callbacks);
        }
        return Optional.of(new DwarfSymbols(libdw, demangler, session, callbacks, module, bias.getLong(0)));
    }

    @Override
    public List<SourceFrame> lookup(long elfAddress) {
        long address = elfAddress + bias;
        List<SourceFrame> frames = new ArrayList<>();
        Unit unit = unit(address);
        Place place = place(address, unit);
        if (unit != null) {
            addFunctions(unit.die, unit.pc, place, frames);
        }
        if (frames.isEmpty()) {
            String symbol = demangler.demangle(dw.dwfl_module_addrname(module, address));
            if (symbol != null) {
                frames.add(new SourceFrame(symbol, place.file, place.line, false));
            }
        }
        return frames;
    }

    @Override
    public DataSymbol object(long elfAddress) {
        Pointer offset = libdw.allocate(Long.BYTES);
        Pointer symbol = libdw.allocate(LibDw.SIZEOF_GELF_SYM);
        String name = dw.dwfl_module_addrinfo(module, elfAddress + bias, offset, symbol, null, null, null);
        boolean object = name != null
                && (symbol.getByte(LibDw.GELF_SYM_INFO) & LibDw.STT_MASK) == LibDw.STT_OBJECT
                && Long.compareUnsigned(offset.getLong(0), symbol.getLong(LibDw.GELF_SYM_SIZE)) < 0;
        return object ? new DataSymbol(demangler.demangle(name), offset.getLong(0)) : null;
    }

    @Override
    public void close() {
        dw.dwfl_end(session);
        Reference.reachabilityFence(callbacks);
    }

    private record Place(String file, Integer line) {
        static final Place UNKNOWN = new Place(null, null);
    }

    /** A compilation unit, and the address as its debugging information counts. */
    private record Unit(Pointer die, long pc) {}

    /**
     * The unit of an address. libdw looks it up in .debug_aranges, which Clang and rustc do not write; before 0.192 it
     * does not look into the units themselves (elfutils, libdw/dwarf_getaranges.c).
     */
    private Unit unit(long address) {
        Pointer cuBias = libdw.allocate(Long.BYTES);
        Pointer die = dw.dwfl_module_addrdie(module, address, cuBias);
        if (die == null) {
            do {
                die = dw.dwfl_module_nextcu(module, die, cuBias);
            } while (die != null && dw.dwarf_haspc(die, address - cuBias.getLong(0)) != 1);
        }
        return die == null ? null : new Unit(die, address - cuBias.getLong(0));
    }

    private Place place(long address, Unit unit) {
        Pointer source = dw.dwfl_module_getsrc(module, address);
        if (source == null) {
            return unit == null ? Place.UNKNOWN : placeIn(unit);
        }
        Pointer line = libdw.allocate(Integer.BYTES);
        String file = dw.dwfl_lineinfo(source, null, line, null, null, null);
        return file == null ? Place.UNKNOWN : new Place(file, positive(line.getInt(0)));
    }

    private Place placeIn(Unit unit) {
        Pointer source = dw.dwarf_getsrc_die(unit.die, unit.pc);
        Pointer line = libdw.allocate(Integer.BYTES);
        String file = source == null ? null : dw.dwarf_linesrc(source, null, null);
        if (file == null || dw.dwarf_lineno(source, line) != 0) {
            return Place.UNKNOWN;
        }
        return new Place(file, positive(line.getInt(0)));
    }

    /** Compilers give line 0 to code that belongs to no line. */
    private static Integer positive(long line) {
        return line > 0 && line <= Integer.MAX_VALUE ? (int) line : null;
    }

    private void addFunctions(Pointer unit, long pc, Place innermost, List<SourceFrame> frames) {
        Scopes found = scopes(out -> dw.dwarf_getscopes(unit, pc, out));
        if (found == null) {
            return;
        }
        // The scopes of a pc follow an inlined function's own definition; those of the DIE follow the code.
        Scopes scopes = scopes(out -> dw.dwarf_getscopes_die(found.first, out));
        libdw.free(found.first);
        if (scopes == null) {
            return;
        }
        try {
            walk(unit, scopes, innermost, frames);
        } finally {
            libdw.free(scopes.first);
        }
    }

    private void walk(Pointer unit, Scopes scopes, Place innermost, List<SourceFrame> frames) {
        Place place = innermost;
        for (int i = 0; i < scopes.count; i++) {
            Pointer die = scopes.first.slice((long) i * LibDw.SIZEOF_DWARF_DIE, LibDw.SIZEOF_DWARF_DIE);
            int tag = dw.dwarf_tag(die);
            boolean inlined = tag == LibDw.DW_TAG_INLINED_SUBROUTINE;
            if (!inlined && tag != LibDw.DW_TAG_SUBPROGRAM) {
                continue;
            }
            String name = name(die);
            if (name != null) {
                frames.add(new SourceFrame(name, place.file, place.line, inlined));
            }
            if (!inlined) {
                return;
            }
            place = callSite(unit, die);
        }
        // Without its outermost function the list would end in one that has no frame of its own.
        frames.clear();
    }

    private String name(Pointer die) {
        Pointer attribute = libdw.allocate(LibDw.SIZEOF_DWARF_ATTRIBUTE);
        for (int key : new int[] {LibDw.DW_AT_LINKAGE_NAME, LibDw.DW_AT_MIPS_LINKAGE_NAME}) {
            Pointer found = dw.dwarf_attr_integrate(die, key, attribute);
            String linkage = found == null ? null : dw.dwarf_formstring(found);
            if (linkage != null) {
                return demangler.demangle(linkage);
            }
        }
        return dw.dwarf_diename(die);
    }

    private Place callSite(Pointer unit, Pointer die) {
        Long file = unsigned(die, LibDw.DW_AT_CALL_FILE);
        Long line = unsigned(die, LibDw.DW_AT_CALL_LINE);
        Pointer files = libdw.allocate(Long.BYTES);
        if (file == null || line == null || dw.dwarf_getsrcfiles(unit, files, null) != 0) {
            return Place.UNKNOWN;
        }
        String name = dw.dwarf_filesrc(files.getPointer(0), file, null, null);
        return name == null ? Place.UNKNOWN : new Place(name, positive(line));
    }

    private Long unsigned(Pointer die, int key) {
        Pointer found = dw.dwarf_attr_integrate(die, key, libdw.allocate(LibDw.SIZEOF_DWARF_ATTRIBUTE));
        Pointer value = libdw.allocate(Long.BYTES);
        return found != null && dw.dwarf_formudata(found, value) == 0 ? value.getLong(0) : null;
    }

    private record Scopes(Pointer first, int count) {}

    private interface ScopesCall {
        int into(Pointer out);
    }

    /** The scopes that a call finds, to be freed; null where it finds none. */
    private Scopes scopes(ScopesCall call) {
        Pointer out = libdw.allocate(Long.BYTES);
        int count = call.into(out);
        return count <= 0 ? null : new Scopes(out.getPointer(0), count);
    }
}
