package org.forkwitness.symbols;

import java.util.function.LongPredicate;

/** Calls and jumps in a machine's code. Stateless. */
interface Calls {
    /** Bytes before a return address that hold the call, whatever form it has. */
    int LONGEST = 8;

    /** Bytes of an entry of a procedure linkage table that are enough to read it. */
    int PLT_ENTRY = 16;

    /** How a call finds its function. */
    enum Kind {
        /** There is no call. */
        NONE,
        /** The address stands in the instruction. */
        DIRECT,
        /** The address stands in a variable at a fixed place: the global offset table, as a rule. */
        SLOT,
        /** The address is computed. */
        COMPUTED
    }

    /** A call: its function's address, or that of the variable that holds it. */
    record Call(Kind kind, long address) {
        static final Call NONE = new Call(Kind.NONE, 0);
        static final Call COMPUTED = new Call(Kind.COMPUTED, 0);
    }

    /**
     * The call that ends before an address.
     *
     * @param code the {@value #LONGEST} bytes before it
     * @param isCode whether an address can be that of a function
     */
    Call before(byte[] code, long returnAddress, LongPredicate isCode);

    /** The address of the variable through which a linkage table's entry jumps; 0 where it is no such entry. */
    long slot(byte[] entry, long address);

    /** True where some jump in a function's code leads to an address that fits. */
    boolean jumps(byte[] code, long address, LongPredicate target);
}
