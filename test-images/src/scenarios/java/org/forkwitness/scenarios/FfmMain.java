package org.forkwitness.scenarios;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.util.Optional;

/**
 * Forks from Java through the foreign function API, final since Java 22. Reflection builds the method handles, so that
 * this compiles for 17; the calls are ordinary ones.
 */
public final class FfmMain {
    private FfmMain() {}

    public static void main(String[] arguments) throws Throwable {
        MethodHandle fork = function("fork", "JAVA_INT");
        // Given a result that it never returns, so that it can be called where abs(3) has been called before: a child
        // has no threads to link a first call with.
        MethodHandle exit = function("_exit", "JAVA_INT", "JAVA_INT");
        call(function("abs", "JAVA_INT", "JAVA_INT"), 3);
        int pid = (int) fork.invokeExact(); // HERE: ffm-fork
        if (pid == 0) {
            call(exit, 3);
        }
        System.out.println("forked " + pid);
        System.out.println("status " + ProcessWait.status(pid));
    }

    private static int call(MethodHandle function, int argument) throws Throwable {
        return (int) function.invokeExact(argument);
    }

    /** {@code Linker.nativeLinker().downcallHandle(address, FunctionDescriptor.of(...))} */
    private static MethodHandle function(String name, String result, String... parameters) throws Exception {
        Class<?> linkers = foreign("Linker");
        Class<?> layouts = foreign("MemoryLayout");
        Class<?> descriptors = foreign("FunctionDescriptor");
        Class<?> options = foreign("Linker$Option");
        Object linker = linkers.getMethod("nativeLinker").invoke(null);
        Object lookup = linkers.getMethod("defaultLookup").invoke(linker);
        Method find = foreign("SymbolLookup").getMethod("find", String.class);
        Object address = ((Optional<?>) find.invoke(lookup, name)).orElseThrow();
        Object array = Array.newInstance(layouts, parameters.length);
        for (int i = 0; i < parameters.length; i++) {
            Array.set(array, i, layout(parameters[i]));
        }
        Object descriptor = descriptors.getMethod("of", layouts, array.getClass()).invoke(null, layout(result), array);
        Object none = Array.newInstance(options, 0);
        return (MethodHandle) linkers.getMethod(
                        "downcallHandle", foreign("MemorySegment"), descriptors, none.getClass())
                .invoke(linker, address, descriptor, none);
    }

    private static Object layout(String name) throws Exception {
        return foreign("ValueLayout").getField(name).get(null);
    }

    private static Class<?> foreign(String name) throws ClassNotFoundException {
        return Class.forName("java.lang.foreign." + name);
    }
}
