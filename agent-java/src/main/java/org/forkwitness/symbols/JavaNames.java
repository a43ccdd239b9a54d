package org.forkwitness.symbols;

/** Names of Java classes. Stateless. */
public final class JavaNames {
    private JavaNames() {}

    /**
     * The name of a class as {@link Class#getName()} gives it, from its JVM type descriptor. A hidden class has the
     * descriptor {@code Lp/Name.suffix;} and the name {@code p.Name/suffix} (JVM TI, GetClassSignature).
     */
    public static String className(String descriptor) {
        if (!descriptor.startsWith("L") || !descriptor.endsWith(";")) {
            return descriptor.startsWith("[") ? descriptor.replace('/', '.') : descriptor;
        }
        char[] name = descriptor.substring(1, descriptor.length() - 1).toCharArray();
        for (int i = 0; i < name.length; i++) {
            if (name[i] == '/') {
                name[i] = '.';
            } else if (name[i] == '.') {
                name[i] = '/';
            }
        }
        return new String(name);
    }
}
