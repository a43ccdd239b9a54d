package org.forkwitness.symbols;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongPredicate;

/** Calls of aarch64 (Arm Architecture Reference Manual for A-profile, C6.2: BL, BLR, BLRA, B, ADRP, LDR). */
final class Aarch64Calls implements Calls {
    private static final int BRANCH_MASK = 0xfc000000;
    private static final int BL = 0x94000000;
    private static final int B = 0x14000000;
    private static final int BTI_C = 0xd503245f;

    @Override
    public Call before(byte[] code, long returnAddress, LongPredicate isCode) {
        int instruction = little(code).getInt(code.length - 4);
        if ((instruction & BRANCH_MASK) == BL) {
            return new Call(Kind.DIRECT, returnAddress - 4 + distance(instruction));
        }
        boolean blr = (instruction & 0xfffffc1f) == 0xd63f0000;
        boolean authenticated = (instruction & 0xfefff800) == 0xd63f0800;
        return blr || authenticated ? Call.COMPUTED : Call.NONE;
    }

    /** {@code adrp x16, page; ldr x17, [x16, #offset]}: what linkers write (ELF for the Arm 64-bit Architecture). */
    @Override
    public long slot(byte[] entry, long address) {
        ByteBuffer bytes = little(entry);
        int start = bytes.getInt(0) == BTI_C ? 4 : 0;
        int adrp = bytes.getInt(start);
        int ldr = bytes.getInt(start + 4);
        if ((adrp & 0x9f00001f) != 0x90000010 || (ldr & 0xffc003ff) != 0xf9400211) {
            return 0;
        }
        long pages = (long) (adrp << 8 >> 13) << 2 | (adrp >>> 29 & 3);
        return (address + start & -4096L) + (pages << 12) + ((ldr >>> 10 & 0xfff) << 3);
    }

    @Override
    public boolean jumps(byte[] code, long address, LongPredicate target) {
        ByteBuffer bytes = little(code);
        for (int i = 0; i + 4 <= code.length; i += 4) {
            int instruction = bytes.getInt(i);
            if ((instruction & BRANCH_MASK) == B && target.test(address + i + distance(instruction))) {
                return true;
            }
        }
        return false;
    }

    private static long distance(int branch) {
        return (long) (branch << 6 >> 6) << 2;
    }

    private static ByteBuffer little(byte[] code) {
        return ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
    }
}
