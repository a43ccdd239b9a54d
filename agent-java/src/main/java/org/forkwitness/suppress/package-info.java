/** Rules by which people say what they know already: sites, threads and locks that need no attention, with a reason. */
package org.forkwitness.suppress;
