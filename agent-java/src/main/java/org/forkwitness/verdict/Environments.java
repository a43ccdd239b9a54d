package org.forkwitness.verdict;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.LoadedModule;
import org.forkwitness.report.Allocator;
import org.forkwitness.report.AllocatorName;
import org.forkwitness.report.Environment;
import org.forkwitness.report.ForkProtection;
import org.forkwitness.report.LibC;
import org.forkwitness.stream.StreamRecord;

/** What the watched process runs on, as far as the stream has said it. For one thread. */
public final class Environments {
    private static final String UNKNOWN = "unknown";

    private static final String IMPORTS = "its library imports pthread_atfork";
    private static final String IMPORTS_NOT = "its library does not import pthread_atfork";

    /** Files of the C libraries: glibc before and since 2.34, musl. */
    private static final List<String> LIBC_FILES =
            List.of("libc.so*", "libc-2.*.so", "libpthread-2.*.so", "libc.musl-*", "ld-*", "ld.so*");

    private final LiveModel model;
    private final Allocators allocators = new Allocators();
    private final Function<LoadedModule, Optional<Boolean>> registersHandlers;
    private Environment known;
    private StreamRecord.Hello knownHello;
    private StreamRecord.Allocator knownAllocator;
    private long knownModules = -1;

    /**
     * What this model tells.
     *
     * @param registersHandlers whether a library can register fork handlers; empty where that is not known
     */
    public Environments(LiveModel model, Function<LoadedModule, Optional<Boolean>> registersHandlers) {
        this.model = model;
        this.registersHandlers = registersHandlers;
    }

    /** As known now. */
    public Environment now() {
        StreamRecord.Hello hello = model.hello().orElse(null);
        StreamRecord.Allocator said = model.allocator().last();
        if (known == null
                || hello != knownHello
                || said != knownAllocator
                || knownModules != model.modules().changes()) {
            knownHello = hello;
            knownAllocator = said;
            knownModules = model.modules().changes();
            known = environment(Optional.ofNullable(hello));
        }
        return known;
    }

    /** True where a file of this name belongs to the C library. */
    static boolean isLibc(String fileName) {
        return fileName != null && LIBC_FILES.stream().anyMatch(file -> RuleTable.matches(file, fileName));
    }

    private Environment environment(Optional<StreamRecord.Hello> hello) {
        String libc = hello.map(StreamRecord.Hello::libcName).orElse(UNKNOWN);
        String version = hello.map(StreamRecord.Hello::libcVersion)
                .filter(v -> !v.isEmpty())
                .orElse(null);
        Optional<LoadedModule> allocator = hello.map(StreamRecord.Hello::malloc)
                .flatMap(address -> model.modules().findFirst(address));
        boolean supported = libc.equals("glibc") || libc.equals("musl");
        return new Environment(
                hello.map(StreamRecord.Hello::arch).orElse(UNKNOWN),
                hello.map(StreamRecord.Hello::kernel).orElse(UNKNOWN),
                new LibC(supported ? libc : UNKNOWN, version),
                knownAllocator == null
                        ? allocator(allocator, libc, version)
                        : told(knownAllocator, allocator, libc, version));
    }

    /** By the agent's word; what it does not know, the table or the library's file may say. */
    private Allocator told(StreamRecord.Allocator said, Optional<LoadedModule> module, String libc, String version) {
        String library =
                said.path() == null ? null : said.path().substring(said.path().lastIndexOf('/') + 1);
        boolean known = said.isProtected() != null;
        boolean isModule = module.filter(m -> m.fileName().equals(library)).isPresent();
        Allocator table = !known && isModule ? allocator(module, libc, version) : allocators.of(library, libc, version);
        AllocatorName name = Arrays.stream(AllocatorName.values())
                .filter(n -> n.text().equals(said.name()))
                .findFirst()
                .orElse(AllocatorName.UNKNOWN);
        return new Allocator(
                name,
                said.versionText() == null ? table.version() : said.versionText(),
                library,
                known ? protection(name, said.isProtected()) : table.forkProtection(),
                known ? said.reason() : table.knownBy(),
                LastStates.figures(model, said));
    }

    private static ForkProtection protection(AllocatorName name, boolean isProtected) {
        if (!isProtected) {
            return ForkProtection.NONE;
        }
        boolean ofLibc = name == AllocatorName.GLIBC || name == AllocatorName.MUSL;
        return ofLibc ? ForkProtection.LIBC : ForkProtection.HANDLERS;
    }

    /**
     * By the table where it knows the library; else by what the library can do: one that registers fork handlers is taken to
     * register them for its malloc, one that cannot has none.
     */
    private Allocator allocator(Optional<LoadedModule> module, String libc, String version) {
        Allocator found = allocators.of(module.map(LoadedModule::fileName).orElse(null), libc, version);
        if (found.forkProtection() != ForkProtection.UNKNOWN || module.isEmpty()) {
            return found;
        }
        Optional<Boolean> can = registersHandlers.apply(module.get());
        ForkProtection protection = can.map(yes -> yes ? ForkProtection.HANDLERS : ForkProtection.NONE)
                .orElse(ForkProtection.UNKNOWN);
        String knownBy = can.map(yes -> yes ? IMPORTS : IMPORTS_NOT).orElse(null);
        return new Allocator(found.name(), found.version(), found.library(), protection, knownBy, null);
    }

    /** True where an address belongs to the C library, the allocator, or memory that one of them may have mapped. */
    boolean isOfLibraries(long address) {
        Optional<LoadedModule> module = model.modules().findNow(address);
        return module.isEmpty()
                || module.get().fileName().equals(now().allocator().library())
                || isLibc(module.get().fileName());
    }
}
