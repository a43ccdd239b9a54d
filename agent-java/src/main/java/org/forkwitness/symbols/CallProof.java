package org.forkwitness.symbols;

import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongPredicate;
import org.forkwitness.symbols.Calls.Call;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether one frame of a stack really called the next one: its return address must stand behind a call that leads to
 * the function of the inner frame. What remains of an older, overwritten stack rarely passes. For one thread.
 */
final class CallProof {
    private static final Logger LOG = LoggerFactory.getLogger(CallProof.class);
    private static final int MAX_KNOWN = 4096;

    /** Longest function that is searched for a jump in place of a call. */
    private static final int MAX_FUNCTION = 1 << 16;

    private record Step(long outerModule, long returnAddress, long innerModule, long pc) {}

    /** Where functions begin. */
    interface Functions {
        /** The function that holds an address of the module's own counting; null where nothing tells. */
        CodeFile.Range find(UnwindModule module, long address);
    }

    private final Functions functions;
    private final Map<Step, Boolean> known = new LinkedHashMap<>(64, 0.75f, true);

    CallProof(Functions functions) {
        this.functions = functions;
    }

    /**
     * True where the call before {@code returnAddress} can have led to the function that holds {@code pc}. A call whose
     * function is computed leads anywhere. Any other leads to its function, or to one to which that jumps in the end.
     *
     * @param outer the module of the return address
     * @param inner the module of {@code pc}
     */
    boolean called(UnwindModule outer, long returnAddress, UnwindModule inner, long pc) {
        Step step = new Step(outer.module().id(), returnAddress, inner.module().id(), pc);
        Boolean before = known.get(step);
        if (before != null) {
            return before;
        }
        if (known.size() >= MAX_KNOWN) {
            known.remove(known.keySet().iterator().next());
        }
        boolean proved = proved(outer, returnAddress, inner, pc);
        known.put(step, proved);
        return proved;
    }

    private boolean proved(UnwindModule outer, long returnAddress, UnwindModule inner, long pc) {
        try {
            return new Search(outer, inner, inner.local(pc)).from(outer.local(returnAddress));
        } catch (UncheckedIOException e) {
            LOG.info("no proof of a call in {}: {}", outer.path(), e.toString());
            return false;
        }
    }

    /** The way from one call to the function that holds {@code pc}. */
    private final class Search {
        private final UnwindModule outerModule;
        private final UnwindModule innerModule;
        private final CodeFile outer;
        private final CodeFile inner;
        private final boolean sameFile;
        private final boolean innerIsAgent;
        private final CodeFile.Range function;

        Search(UnwindModule outer, UnwindModule inner, long pc) {
            this.outerModule = outer;
            this.innerModule = inner;
            this.outer = outer.file();
            this.inner = inner.file();
            this.sameFile = outer.module().id() == inner.module().id();
            this.innerIsAgent = inner.module().fileName().equals(StackResolver.AGENT);
            this.function = functions.find(inner, pc);
        }

        boolean from(long returnAddress) {
            byte[] code = outer.code(returnAddress - Calls.LONGEST, Calls.LONGEST);
            if (code == null || !outer.isCode(returnAddress - 1)) {
                return false;
            }
            Call call = outer.machine().calls().before(code, returnAddress, outer::isCode);
            return switch (call.kind()) {
                case NONE -> false;
                case COMPUTED -> true;
                case SLOT -> throughSlot(call.address());
                case DIRECT -> leads(call.address()) || jumps(outerModule, call.address(), this::leads);
            };
        }

        /** True where the function begins there, or a linkage table's entry that leads to it. */
        private boolean leads(long target) {
            if (sameFile && begins(target)) {
                return true;
            }
            byte[] entry = outer.code(target, Calls.PLT_ENTRY);
            long slot = entry == null ? 0 : outer.machine().calls().slot(entry, target);
            return slot != 0 && throughSlot(slot);
        }

        private boolean begins(long target) {
            return function != null && function.start() == target;
        }

        /** What the dynamic linker put into a variable is known by name; the agent put its own functions into some. */
        private boolean throughSlot(long slot) {
            DynamicSymbols imports = outer.dynamicSymbols();
            String name = imports == null ? null : imports.importedInto(slot);
            if (name == null || innerIsAgent) {
                return true;
            }
            DynamicSymbols exports = inner.dynamicSymbols();
            return exports != null
                    && exports.addresses(name).stream()
                            .anyMatch(address -> begins(address) || jumps(innerModule, address, this::begins));
        }

        private boolean jumps(UnwindModule module, long address, LongPredicate target) {
            CodeFile file = module.file();
            CodeFile.Range body = functions.find(module, address);
            if (body == null || body.start() != address || body.end() - address > MAX_FUNCTION) {
                return false;
            }
            byte[] code = file.code(address, (int) (body.end() - address));
            return code != null && file.machine().calls().jumps(code, address, t -> !body.holds(t) && target.test(t));
        }
    }
}
