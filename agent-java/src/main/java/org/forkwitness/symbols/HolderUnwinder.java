package org.forkwitness.symbols;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.forkwitness.model.HolderStack;
import org.forkwitness.model.LoadedModule;
import org.forkwitness.model.Modules;
import org.forkwitness.model.StackSlice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The native stacks of vanished threads, from the bytes that were sent of them. Each step is proved by {@link CallProof}: the
 * taker of a lock may have returned, and what stands above its frame is then another's. What is not proved is left
 * out, with all that would follow. Files stay open until {@link #close}. For one thread.
 */
final class HolderUnwinder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HolderUnwinder.class);

    private final Libdw libdw;
    private final Function<LoadedModule, Optional<Path>> files;
    private final CallProof proof = new CallProof(this::function);
    private final Map<Long, Optional<UnwindModule>> opened = new HashMap<>();
    private DwarfUnwinder unwinder;
    private long epoch;

    /** An unwinder; {@code files} finds the file of a module. */
    HolderUnwinder(Libdw libdw, Function<LoadedModule, Optional<Path>> files) {
        this.libdw = libdw;
        this.files = files;
    }

    /** The return addresses that are proved, innermost first: at least the site. It ends where code has no file. */
    long[] unwind(HolderStack parts, Modules modules) {
        HolderStack stack = joined(parts);
        long[] site = {stack.site()};
        UnwindModule first = module(modules, stack.site() - 1, stack.epoch());
        if (first == null || !open(stack.epoch())) {
            return site;
        }
        unwinder.add(candidates(stack, modules).stream()
                .map(this::opened)
                .filter(Objects::nonNull)
                .toList());
        long[] pcs = unwinder.unwind(stack, first.file().machine());
        UnwindModule inner = first;
        int proved = 1;
        while (proved < pcs.length) {
            UnwindModule outer = module(modules, pcs[proved] - 1, stack.epoch());
            if (outer == null || !proof.called(outer, pcs[proved], inner, pcs[proved - 1] - 1)) {
                break;
            }
            inner = outer;
            proved++;
        }
        return Arrays.copyOf(pcs, proved);
    }

    private CodeFile.Range function(UnwindModule module, long address) {
        CodeFile.Range described = module.file().function(address);
        return described == null
                ? unwinder.function(module, address + module.module().bias())
                : described;
    }

    /** Slices that touch as one, so that no word is cut in two. */
    private static HolderStack joined(HolderStack s) {
        List<StackSlice> slices = new ArrayList<>();
        int from = 0;
        for (int i = 1; i <= s.slices().size(); i++) {
            boolean touches = i < s.slices().size()
                    && s.slices().get(i - 1).end() == s.slices().get(i).address();
            if (!touches) {
                slices.add(joined(s.slices().subList(from, i)));
                from = i;
            }
        }
        return new HolderStack(
                s.thread(),
                s.site(),
                s.stackPointer(),
                s.framePointer(),
                s.lock(),
                s.epoch(),
                slices,
                s.javaFrames(),
                s.python());
    }

    private static StackSlice joined(List<StackSlice> touching) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        touching.forEach(slice -> bytes.writeBytes(slice.bytes()));
        return new StackSlice(touching.get(0).address(), bytes.toByteArray());
    }

    /** Modules change their places only with the epoch. */
    private boolean open(long stackEpoch) {
        if (unwinder != null && epoch != stackEpoch) {
            unwinder.close();
            unwinder = null;
        }
        if (unwinder == null) {
            unwinder = DwarfUnwinder.open(libdw);
            epoch = stackEpoch;
        }
        return unwinder != null;
    }

    /** The modules that some word of the stack leads into: no others can be on it. */
    private static Set<LoadedModule> candidates(HolderStack stack, Modules modules) {
        Set<LoadedModule> candidates = new LinkedHashSet<>();
        modules.find(stack.site() - 1, stack.epoch()).ifPresent(candidates::add);
        for (StackSlice slice : stack.slices()) {
            ByteBuffer bytes = ByteBuffer.wrap(slice.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            for (int at = (int) (-slice.address() & 7); at + Long.BYTES <= bytes.limit(); at += Long.BYTES) {
                modules.find(bytes.getLong(at) - 1, stack.epoch()).ifPresent(candidates::add);
            }
        }
        return candidates;
    }

    private UnwindModule module(Modules modules, long address, long stackEpoch) {
        return modules.find(address, stackEpoch).map(this::opened).orElse(null);
    }

    private UnwindModule opened(LoadedModule module) {
        return opened.computeIfAbsent(module.id(), id -> files.apply(module).flatMap(path -> open(module, path)))
                .orElse(null);
    }

    private static Optional<UnwindModule> open(LoadedModule module, Path path) {
        try {
            return CodeFile.open(path).map(file -> new UnwindModule(module, path, file));
        } catch (IOException e) {
            LOG.info("{} cannot be read: {}", path, e.toString());
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        if (unwinder != null) {
            unwinder.close();
            unwinder = null;
        }
        for (Optional<UnwindModule> module : opened.values()) {
            module.ifPresent(m -> close(m));
        }
        opened.clear();
    }

    private static void close(UnwindModule module) {
        try {
            module.file().close();
        } catch (IOException e) {
            LOG.info("{} cannot be closed: {}", module.path(), e.toString());
        }
    }
}
