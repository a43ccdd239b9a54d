/** Native libraries as jnr-ffi sees them: one interface a library, named after it, and how they are loaded. */
package org.forkwitness.jnr;
