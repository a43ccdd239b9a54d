package org.forkwitness.jnr;

import jnr.ffi.Pointer;

/** libstdc++.so.6 of GCC. */
public interface LibStdCxx {
    /** The name under which the dynamic linker finds it. */
    String NAME = "libstdc++.so.6";

    /**
     * {@code abi::__cxa_demangle} of the Itanium C++ ABI.
     *
     * @param status int that gets 0, or a negative error
     * @return a text to free(3); null where {@code mangled} is no mangled name
     */
    Pointer __cxa_demangle(String mangled, Pointer buffer, Pointer length, Pointer status);
}
