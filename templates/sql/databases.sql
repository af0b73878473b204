-- SPDX-License-Identifier: Apache-2.0
-- Creates the databases of HPC Pack, or attaches them where both files exist already (a data volume
-- of an earlier node). A database that is there is left alone. SQL Server 2016 or later.
-- By hand, in the same session before this file:
--   EXEC sys.sp_set_session_context N'folder', N'S:\SQL';  -- of the data files
--   EXEC sys.sp_set_session_context N'version', 2019;      -- of HPC Pack
SET NOCOUNT ON;
DECLARE @folder nvarchar(260) = CONVERT(nvarchar(260), SESSION_CONTEXT(N'folder'));
DECLARE @version int = CONVERT(int, SESSION_CONTEXT(N'version'));
IF @folder IS NULL OR @version IS NULL
    THROW 50001, N'set folder and version by sp_set_session_context first', 1;

-- Sizes in MB, growth in percent: Microsoft's capacity guidance for each version.
DECLARE @plan TABLE (
    place int IDENTITY PRIMARY KEY,
    name sysname, version int, data_mb int, log_mb int, data_growth int, log_growth int);
INSERT @plan (name, version, data_mb, log_mb, data_growth, log_growth) VALUES
    (N'HPCManagement', 2016, 1024, 128, 50, 50),
    (N'HPCScheduler', 2016, 256, 64, 10, 10),
    (N'HPCReporting', 2016, 128, 64, 10, 10),
    (N'HPCDiagnostics', 2016, 256, 64, 10, 10),
    (N'HPCMonitoring', 2016, 256, 64, 10, 10),
    (N'HPCManagement', 2019, 2048, 256, 50, 10),
    (N'HPCScheduler', 2019, 2048, 256, 50, 50),
    (N'HPCReporting', 2019, 2048, 256, 50, 10),
    (N'HPCDiagnostics', 2019, 256, 64, 10, 10),
    (N'HPCMonitoring', 2019, 512, 64, 10, 10),
    (N'HPCHAStorage', 2019, 128, 64, 10, 10),
    (N'HPCHAWitness', 2019, 128, 64, 10, 10);

DECLARE @name sysname, @data_mb int, @log_mb int, @data_growth int, @log_growth int;
DECLARE @mdf nvarchar(1000), @ldf nvarchar(1000), @has_mdf int, @has_ldf int, @sql nvarchar(max), @problem nvarchar(2048);
DECLARE wanted CURSOR LOCAL FAST_FORWARD FOR
    SELECT name, data_mb, log_mb, data_growth, log_growth
    FROM @plan WHERE version = @version ORDER BY place;
OPEN wanted;
FETCH NEXT FROM wanted INTO @name, @data_mb, @log_mb, @data_growth, @log_growth;
WHILE @@FETCH_STATUS = 0
BEGIN
    IF DB_ID(@name) IS NULL
    BEGIN
        SET @mdf = @folder + N'\' + @name + N'.mdf';
        SET @ldf = @folder + N'\' + @name + N'_log.ldf';
        EXEC master.dbo.xp_fileexist @mdf, @has_mdf OUTPUT;
        EXEC master.dbo.xp_fileexist @ldf, @has_ldf OUTPUT;
        IF @has_mdf <> @has_ldf
        BEGIN
            SET @problem = N'one of the two files of ' + @name + N' is missing in ' + @folder;
            THROW 50002, @problem, 1;
        END;
        SET @mdf = N'FILENAME = N''' + REPLACE(@mdf, N'''', N'''''') + N'''';
        SET @ldf = N'FILENAME = N''' + REPLACE(@ldf, N'''', N'''''') + N'''';
        IF @has_mdf = 1
            SET @sql = N'CREATE DATABASE ' + QUOTENAME(@name)
                + N' ON (' + @mdf + N'), (' + @ldf + N') FOR ATTACH';
        ELSE
            SET @sql = N'CREATE DATABASE ' + QUOTENAME(@name)
                + N' ON (NAME = ' + QUOTENAME(@name + N'_data') + N', ' + @mdf
                + N', SIZE = ' + CONVERT(nvarchar(12), @data_mb) + N'MB'
                + N', FILEGROWTH = ' + CONVERT(nvarchar(12), @data_growth) + N'%)'
                + N' LOG ON (NAME = ' + QUOTENAME(@name + N'_log') + N', ' + @ldf
                + N', SIZE = ' + CONVERT(nvarchar(12), @log_mb) + N'MB'
                + N', FILEGROWTH = ' + CONVERT(nvarchar(12), @log_growth) + N'%)';
        EXECUTE (@sql);
        IF @name IN (N'HPCHAStorage', N'HPCHAWitness')
        BEGIN
            SET @sql = N'ALTER DATABASE ' + QUOTENAME(@name) + N' SET RECOVERY SIMPLE';
            EXECUTE (@sql);
        END;
    END;
    FETCH NEXT FROM wanted INTO @name, @data_mb, @log_mb, @data_growth, @log_growth;
END;
CLOSE wanted;
DEALLOCATE wanted;
GO
