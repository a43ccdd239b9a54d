package org.forkwitness.model;

import org.forkwitness.stream.StreamRecord;

/** An ELF object in the process, from the epoch in which it was loaded to the one in which it was gone. */
public final class LoadedModule {
    private final StreamRecord.Module module;
    private long goneEpoch = Long.MAX_VALUE;

    LoadedModule(StreamRecord.Module module) {
        this.module = module;
    }

    void gone(long epoch) {
        goneEpoch = epoch;
    }

    /** True where this object was what stood at the address in that epoch. */
    boolean holds(long address, long epoch) {
        return module.epoch() <= epoch && epoch < goneEpoch && covers(address);
    }

    /** True where the address is one of its own, whenever. */
    boolean covers(long address) {
        return Long.compareUnsigned(address, module.start()) >= 0 && Long.compareUnsigned(address, module.end()) < 0;
    }

    /** Path as the dynamic linker knows it, in the process's own mount namespace. */
    public String path() {
        return module.path();
    }

    /** The path's last name. */
    public String fileName() {
        return path().substring(path().lastIndexOf('/') + 1);
    }

    /** The bytes of the build-id, or null. */
    public byte[] buildId() {
        return module.buildId();
    }

    /** Run-time address minus ELF address. */
    public long bias() {
        return module.bias();
    }

    /** Number of the object in the stream: never used again. */
    public long id() {
        return module.module();
    }
}
