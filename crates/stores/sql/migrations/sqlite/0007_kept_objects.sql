-- How many objects of a project are only kept is counted whenever another is registered.

CREATE INDEX managed_object_kept ON managed_object (project) WHERE value IS NOT NULL;
