package org.forkwitness.symbols;

import java.util.Optional;

/** What an unwinder must know of a machine: the DWARF numbers of its registers, and how its code makes calls. */
enum Machine {
    /** Registers by figure 3.36 of the System V ABI for AMD64. */
    X86_64(62, 7, 6, new X86Calls()),
    /** Registers by the DWARF for the Arm 64-bit Architecture, table 1. */
    AARCH64(183, 31, 29, new Aarch64Calls());

    private final int elf;
    private final int stackPointer;
    private final int framePointer;
    private final Calls calls;

    Machine(int elf, int stackPointer, int framePointer, Calls calls) {
        this.elf = elf;
        this.stackPointer = stackPointer;
        this.framePointer = framePointer;
        this.calls = calls;
    }

    /** The machine of a file, by its {@code e_machine} (elf(5)). */
    static Optional<Machine> of(int elf) {
        for (Machine machine : values()) {
            if (machine.elf == elf) {
                return Optional.of(machine);
            }
        }
        return Optional.empty();
    }

    int stackPointer() {
        return stackPointer;
    }

    int framePointer() {
        return framePointer;
    }

    Calls calls() {
        return calls;
    }
}
