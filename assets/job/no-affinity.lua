-- A CPU limit is a quota, not a set of CPUs: bound to the first cores that R names, the tasks of all pods of a host would
-- crowd on the same few cores. So tasks are not bound, unless the job itself says how (-o cpu-affinity=...).
if shell.options['cpu-affinity'] == nil then shell.options['cpu-affinity'] = 'off' end
