/* A library whose only hash table is of the old kind (gABI, DT_HASH). */
int old_hash(void);
int old_hash(void)
{
    return 4;
}
