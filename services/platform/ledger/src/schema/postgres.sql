WITH home AS (
    SELECT n.oid, n.nspname, n.nspowner, n.nspacl, $2::regrole AS owner FROM pg_namespace AS n WHERE n.nspname = $1
), relation AS (
    SELECT c.* FROM pg_class AS c JOIN home ON c.relnamespace = home.oid
), own AS (
    SELECT * FROM relation WHERE relkind NOT IN ('i', 'I', 't') AND relname <> '_sqlx_migrations'
), listed (name, says) AS (
    SELECT 'relation ' || relname, concat_ws(
        ' ', relkind, relpersistence, relrowsecurity, relforcerowsecurity, relreplident, reloptions::text,
        CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END
    ) FROM own
    UNION ALL
    SELECT 'column ' || own.relname || '.' || a.attname, concat_ws(
        ' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
        nullif(a.attcollation, 0)::regcollation::text, pg_get_expr(d.adbin, d.adrelid)
    )
    FROM own JOIN pg_attribute AS a ON a.attrelid = own.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE own.relkind <> 'S'
    UNION ALL
    SELECT 'index ' || own.relname || '.' || i.indexrelid::regclass::text,
        concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisunique)
    FROM own JOIN pg_index AS i ON i.indrelid = own.oid
    UNION ALL
    SELECT 'constraint ' || own.relname || '.' || c.conname, pg_get_constraintdef(c.oid)
    FROM own JOIN pg_constraint AS c ON c.conrelid = own.oid WHERE c.contype <> 'n'
    UNION ALL
    SELECT 'trigger ' || relation.relname || '.' || t.tgname,
        concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled, t.tgfoid::regprocedure::text)
    FROM relation JOIN pg_trigger AS t ON t.tgrelid = relation.oid WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'rule ' || relation.relname || '.' || r.rulename, pg_get_ruledef(r.oid)
    FROM relation JOIN pg_rewrite AS r ON r.ev_class = relation.oid WHERE r.rulename <> '_RETURN'
    UNION ALL
    SELECT 'policy ' || relation.relname || '.' || p.polname, concat_ws(' ', p.polcmd, p.polqual::text, p.polwithcheck::text)
    FROM relation JOIN pg_policy AS p ON p.polrelid = relation.oid
    UNION ALL
    SELECT 'heir ' || relation.relname || '.' || h.inhrelid::regclass::text, ''
    FROM relation JOIN pg_inherits AS h ON h.inhparent = relation.oid WHERE relation.relkind = 'r'
    UNION ALL
    SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', concat_ws(
        ' ', p.prokind, p.provolatile, p.prosecdef, p.proisstrict, l.lanname, p.proconfig::text, p.prosrc,
        pg_get_function_result(p.oid)
    )
    FROM pg_proc AS p JOIN home ON p.pronamespace = home.oid JOIN pg_language AS l ON l.oid = p.prolang
    UNION ALL
    SELECT 'type ' || t.typname, t.typtype::text
    FROM pg_type AS t JOIN home ON t.typnamespace = home.oid WHERE t.typtype IN ('d', 'e', 'r')
    UNION ALL
    SELECT 'owner of ' || relation.relname, pg_get_userbyid(relation.relowner)
    FROM relation, home WHERE relation.relowner <> home.owner
    UNION ALL
    SELECT 'owner of ' || p.oid::regprocedure::text, pg_get_userbyid(p.proowner)
    FROM pg_proc AS p JOIN home ON p.pronamespace = home.oid WHERE p.proowner <> home.owner
    UNION ALL
    SELECT 'grant of ' || g.privilege_type || ' on ' || relation.relname || ' to ' || coalesce(nullif(g.grantee::regrole::text, '-'), 'everybody'), ''
    FROM relation, home, aclexplode(relation.relacl) AS g WHERE g.grantee <> home.owner
    UNION ALL
    SELECT 'grant of ' || g.privilege_type || ' on ' || relation.relname || '.' || a.attname || ' to '
        || coalesce(nullif(g.grantee::regrole::text, '-'), 'everybody'), ''
    FROM relation JOIN pg_attribute AS a ON a.attrelid = relation.oid, home, aclexplode(a.attacl) AS g
    WHERE g.grantee <> home.owner
    UNION ALL
    SELECT 'grant of ' || g.privilege_type || ' on ' || p.oid::regprocedure::text || ' to ' || coalesce(nullif(g.grantee::regrole::text, '-'), 'everybody'), ''
    FROM pg_proc AS p JOIN home ON p.pronamespace = home.oid,
        aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS g
    WHERE g.grantee <> home.owner
    UNION ALL
    SELECT 'grant of CREATE on the schema to ' || coalesce(nullif(g.grantee::regrole::text, '-'), 'everybody'), ''
    FROM home, aclexplode(home.nspacl) AS g
    WHERE g.privilege_type = 'CREATE' AND g.grantee NOT IN (home.owner, home.nspowner)
)
SELECT DISTINCT ON (name) replace(name, $1 || '.', ''), replace(coalesce(says, ''), $1 || '.', '') FROM listed ORDER BY name, says
