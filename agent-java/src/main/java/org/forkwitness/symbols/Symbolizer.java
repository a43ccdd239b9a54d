package org.forkwitness.symbols;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.forkwitness.model.HolderStack;
import org.forkwitness.model.LoadedModule;
import org.forkwitness.model.Modules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Native functions at addresses, with a cache: an address of a module is looked up once, and only so many files are
 * open at a time. Native libraries are loaded with the first address. Safe for use by many threads; one at a time looks
 * into files, which can take 0.1 s and more.
 */
public final class Symbolizer implements AutoCloseable {
    /** The note and warning where libdw is missing. */
    public static final String NO_LIBDW =
            "libdw.so.1 (elfutils) was not found: native frames have function names, but no files and lines, and of a"
                    + " thread that held something the innermost frame is all that is known";

    private static final Logger LOG = LoggerFactory.getLogger(Symbolizer.class);
    private static final int MAX_OPEN = 16;
    private static final int MAX_ADDRESSES = 20_000;

    private record File(String path, String buildId) {}

    private record Address(File file, long address) {}

    private final long pid;
    private final Instant startedAt;
    private final Consumer<String> notes;
    private final Supplier<Optional<Libdw>> loader;
    private final Demangler demangler = new Demangler();
    private final Executor background;
    private final Set<Address> awaited = ConcurrentHashMap.newKeySet();
    private final Map<File, ModuleSymbols> open = new LinkedHashMap<>(MAX_OPEN * 2, 0.75f, true);
    private final Map<Address, List<SourceFrame>> known =
            Collections.synchronizedMap(new LinkedHashMap<>(256, 0.75f, true));
    private final Map<Address, Optional<DataSymbol>> objects = new LinkedHashMap<>(64, 0.75f, true);
    private final Object libdwLock = new Object();
    private Libdw libdw;
    private boolean libdwAsked;
    private final Object unwinding = new Object();
    private HolderUnwinder unwinder;
    private boolean closed;

    /**
     * Symbols for one process.
     *
     * @param notes takes a sentence for each thing that limits what can be found, on any thread
     * @param background carries out what {@link #prepare} asks for
     */
    public Symbolizer(long pid, Instant startedAt, Consumer<String> notes, Executor background) {
        this(pid, startedAt, notes, background, Libdw::load);
    }

    Symbolizer(
            long pid,
            Instant startedAt,
            Consumer<String> notes,
            Executor background,
            Supplier<Optional<Libdw>> loader) {
        this.loader = loader;
        this.background = background;
        this.pid = pid;
        this.startedAt = startedAt;
        this.notes = notes;
    }

    /** The build-id of a module in hexadecimal; null where it has none. */
    static String buildId(LoadedModule module) {
        byte[] id = module.buildId();
        return id == null || id.length == 0 ? null : HexFormat.of().formatHex(id);
    }

    /** The functions at an address of the module's own counting, innermost first; empty where nothing is known. */
    List<SourceFrame> lookup(LoadedModule module, long address) {
        Address key = key(module, address);
        List<SourceFrame> frames = known.get(key);
        return frames == null ? lookup(key, module) : frames;
    }

    /** True where an address's functions are known; else they are looked up in the background. */
    boolean prepare(LoadedModule module, long address) {
        Address key = key(module, address);
        if (known.containsKey(key)) {
            return true;
        }
        if (awaited.add(key)) {
            background.execute(() -> {
                try {
                    lookup(key, module);
                } finally {
                    awaited.remove(key);
                }
            });
        }
        return false;
    }

    private static Address key(LoadedModule module, long address) {
        return new Address(new File(module.path(), buildId(module)), address);
    }

    private synchronized List<SourceFrame> lookup(Address key, LoadedModule module) {
        List<SourceFrame> frames = known.get(key);
        if (frames == null && !closed) {
            frames = List.copyOf(symbols(key.file, module).lookup(key.address));
            known.put(key, frames);
            trim(known, MAX_ADDRESSES);
        }
        return frames == null ? List.of() : frames;
    }

    /** The variable at an address of the module's own counting. */
    synchronized Optional<DataSymbol> object(LoadedModule module, long address) {
        Address key = key(module, address);
        Optional<DataSymbol> object = objects.get(key);
        if (object == null) {
            object = Optional.ofNullable(symbols(key.file, module).object(address));
            objects.put(key, object);
            trim(objects, MAX_ADDRESSES);
        }
        return object;
    }

    private ModuleSymbols symbols(File file, LoadedModule module) {
        ModuleSymbols symbols = open.get(file);
        if (symbols == null) {
            symbols =
                    BinaryFiles.find(module, pid, startedAt).flatMap(this::open).orElse(ModuleSymbols.NONE);
            LOG.info("symbols of {}: {}", module.path(), symbols == ModuleSymbols.NONE ? "none" : "found");
            open.put(file, symbols);
            trim(open, MAX_OPEN).ifPresent(ModuleSymbols::close);
        }
        return symbols;
    }

    private Optional<ModuleSymbols> open(Path path) {
        return libdw().map(dw -> DwarfSymbols.open(dw, demangler, path))
                .orElseGet(() -> ElfSymbols.open(demangler, path));
    }

    private Optional<Libdw> libdw() {
        synchronized (libdwLock) {
            if (!libdwAsked) {
                libdwAsked = true;
                libdw = loader.get().orElse(null);
                if (libdw == null) {
                    LOG.warn(NO_LIBDW);
                    notes.accept(NO_LIBDW);
                }
            }
            return Optional.ofNullable(libdw);
        }
    }

    /**
     * The return addresses of a vanished thread's stack, innermost first: as far as they are proved, and the site alone
     * without libdw. Does not wait for what looks into files at the same time.
     */
    long[] unwind(HolderStack stack, Modules modules) {
        synchronized (unwinding) {
            if (unwinder == null) {
                unwinder = libdw().map(dw -> new HolderUnwinder(dw, module -> BinaryFiles.find(module, pid, startedAt)))
                        .orElse(null);
            }
            return unwinder == null ? new long[] {stack.site()} : unwinder.unwind(stack, modules);
        }
    }

    private void closeUnwinder() {
        synchronized (unwinding) {
            if (unwinder != null) {
                unwinder.close();
            }
        }
    }

    /** Drops the entry that was not used for the longest time, where there are too many. */
    private static <K, V> Optional<V> trim(Map<K, V> map, int limit) {
        synchronized (map) {
            if (map.size() <= limit) {
                return Optional.empty();
            }
            K eldest = map.keySet().iterator().next();
            return Optional.of(map.remove(eldest));
        }
    }

    /** Closes the files, which keeps what was found: for when a report is done and nothing new may come for long. */
    public synchronized void rest() {
        boolean any = !open.isEmpty();
        open.values().forEach(ModuleSymbols::close);
        open.clear();
        closeUnwinder();
        if (any) {
            libdw().ifPresent(Libdw::trim);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        open.values().forEach(ModuleSymbols::close);
        open.clear();
        closeUnwinder();
    }
}
