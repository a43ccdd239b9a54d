package org.forkwitness.scenarios;

import java.nio.file.Path;

/** Where the scenarios' native libraries are. */
final class Libraries {
    private Libraries() {}

    /** Loads lib{@code name}.so. */
    static void load(String name) {
        System.load(path(name));
    }

    /** The absolute path of lib{@code name}.so, by the system property {@code forkwitness.scenarios}. */
    static String path(String name) {
        return Path.of(System.getProperty("forkwitness.scenarios"), "lib" + name + ".so")
                .toAbsolutePath()
                .normalize()
                .toString();
    }
}
