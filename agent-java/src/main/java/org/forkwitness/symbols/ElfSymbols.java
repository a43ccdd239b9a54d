package org.forkwitness.symbols;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.fornwall.jelf.ElfException;
import net.fornwall.jelf.ElfFile;
import net.fornwall.jelf.ElfSymbol;
import net.fornwall.jelf.ElfSymbolTableSection;

/** Names from .symtab and .dynsym, for machines without libdw: no files, lines or inlined functions. */
final class ElfSymbols implements ModuleSymbols {
    private record Symbol(String name, long size) {}

    private final TreeMap<Long, Symbol> functions = new TreeMap<>(Long::compareUnsigned);
    private final TreeMap<Long, Symbol> objects = new TreeMap<>(Long::compareUnsigned);
    private final Demangler demangler;

    private ElfSymbols(Demangler demangler) {
        this.demangler = demangler;
    }

    /** Opens a file; empty where it is no ELF file with symbols. */
    static Optional<ModuleSymbols> open(Demangler demangler, Path file) {
        ElfSymbols symbols = new ElfSymbols(demangler);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MappedByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            ElfFile elf = ElfFile.from(bytes);
            symbols.add(elf.getDynamicSymbolTableSection());
            symbols.add(elf.getSymbolTableSection());
        } catch (IOException | ElfException | IllegalArgumentException | IndexOutOfBoundsException e) {
            return Optional.empty();
        }
        boolean none = symbols.functions.isEmpty() && symbols.objects.isEmpty();
        return none ? Optional.empty() : Optional.of(symbols);
    }

    private void add(ElfSymbolTableSection section) {
        if (section == null) {
            return;
        }
        add(section, ElfSymbol.STT_FUNC, functions);
        add(section, ElfSymbol.STT_OBJECT, objects);
    }

    private static void add(ElfSymbolTableSection section, int type, Map<Long, Symbol> symbols) {
        Stream.of(section.symbols)
                .filter(s -> s.st_shndx != 0)
                .filter(s -> s.getType() == type)
                .sorted(Comparator.comparing(s -> s.getBinding() != ElfSymbol.BINDING_GLOBAL))
                .forEach(s -> symbols.putIfAbsent(s.st_value, new Symbol(s.getName(), s.st_size)));
    }

    @Override
    public List<SourceFrame> lookup(long address) {
        Map.Entry<Long, Symbol> entry = functions.floorEntry(address);
        // Behind the end of the nearest symbol stands a function without one: no name is better than a wrong one.
        if (entry == null || address - entry.getKey() >= Math.max(1, entry.getValue().size)) {
            return List.of();
        }
        return List.of(new SourceFrame(demangler.demangle(entry.getValue().name), null, null, false));
    }

    @Override
    public DataSymbol object(long address) {
        Map.Entry<Long, Symbol> entry = objects.floorEntry(address);
        if (entry == null || address - entry.getKey() >= entry.getValue().size) {
            return null;
        }
        return new DataSymbol(demangler.demangle(entry.getValue().name), address - entry.getKey());
    }
}
