-- SPDX-License-Identifier: Apache-2.0
-- A job of SQL Server Agent that backs up the HPC Pack databases each night. Seven files a database,
-- one a weekday, so that the folder does not grow. Runs any number of times.
-- By hand, in the same session before this file:
--   EXEC sys.sp_set_session_context N'folder', N'S:\SQL';  -- its subfolder Backup takes the files
SET NOCOUNT ON;
DECLARE @folder nvarchar(260) = CONVERT(nvarchar(260), SESSION_CONTEXT(N'folder'));
DECLARE @job sysname = N'hpcwiz: nightly backup', @step nvarchar(max);
IF @folder IS NULL
    THROW 50001, N'set folder by sp_set_session_context first', 1;

SET @step = N'
DECLARE @name sysname, @file nvarchar(1000);
DECLARE present CURSOR LOCAL FAST_FORWARD FOR
    SELECT name FROM sys.databases WHERE state = 0
    AND name IN (N''HPCManagement'', N''HPCScheduler'', N''HPCReporting'', N''HPCDiagnostics'',
                 N''HPCMonitoring'', N''HPCHAStorage'', N''HPCHAWitness'');
OPEN present;
FETCH NEXT FROM present INTO @name;
WHILE @@FETCH_STATUS = 0
BEGIN
    SET @file = N''' + REPLACE(@folder, N'''', N'''''') + N'\Backup\'' + @name + N''-'' + CONVERT(nchar(1), DATEPART(weekday, GETDATE())) + N''.bak'';
    BACKUP DATABASE @name TO DISK = @file WITH INIT, CHECKSUM;
    IF DATABASEPROPERTYEX(@name, N''Recovery'') <> N''SIMPLE''
    BEGIN
        SET @file = REPLACE(@file, N''.bak'', N''.trn'');
        BACKUP LOG @name TO DISK = @file WITH INIT, CHECKSUM;
    END;
    FETCH NEXT FROM present INTO @name;
END;
CLOSE present;
DEALLOCATE present;';

IF EXISTS (SELECT 1 FROM msdb.dbo.sysjobs WHERE name = @job)
    EXEC msdb.dbo.sp_delete_job @job_name = @job;
EXEC msdb.dbo.sp_add_job @job_name = @job, @description = N'Full backup of the HPC Pack databases, and of their logs';
EXEC msdb.dbo.sp_add_jobstep @job_name = @job, @step_name = N'backup', @subsystem = N'TSQL', @command = @step, @retry_attempts = 1, @retry_interval = 10;
EXEC msdb.dbo.sp_add_jobschedule @job_name = @job, @name = N'each night', @freq_type = 4, @freq_interval = 1, @active_start_time = 20000;
EXEC msdb.dbo.sp_add_jobserver @job_name = @job, @server_name = N'(local)';
GO
