-- SPDX-License-Identifier: Apache-2.0
-- Gives one account a login and, in every HPC Pack database, a user that owns it. By hand: first, in
-- the same session, EXEC sys.sp_set_session_context N'account', N'CORP\svc-hpc'; likewise password (of
-- a login of SQL Server's own) and installer (1: may make logins and messages).
SET NOCOUNT ON;
DECLARE @account sysname = CONVERT(sysname, SESSION_CONTEXT(N'account'));
DECLARE @password nvarchar(128) = CONVERT(nvarchar(128), SESSION_CONTEXT(N'password'));
DECLARE @installer int = CONVERT(int, SESSION_CONTEXT(N'installer'));
DECLARE @sql nvarchar(max), @name sysname, @problem nvarchar(2048);
DECLARE @windows bit = CASE WHEN CHARINDEX(N'\', @account) > 0 THEN 1 ELSE 0 END;

-- Runs any number of times. A user whose login was lost (attached databases on a new server) is
-- mapped again.
IF @account IS NULL OR (@windows = 0 AND ISNULL(@password, N'') = N'')
    THROW 50003, N'set account, password and installer by sp_set_session_context first', 1;

IF SUSER_ID(@account) IS NULL
BEGIN
    SET @sql = N'CREATE LOGIN ' + QUOTENAME(@account);
    IF @windows = 1
        SET @sql += N' FROM WINDOWS';
    ELSE
        SET @sql += N' WITH PASSWORD = N''' + REPLACE(@password, N'''', N'''''') + N''', CHECK_EXPIRATION = OFF';
    EXECUTE (@sql);
END
ELSE IF @windows = 0
BEGIN
    SET @sql = N'ALTER LOGIN ' + QUOTENAME(@account)
        + N' WITH PASSWORD = N''' + REPLACE(@password, N'''', N'''''') + N'''';
    EXECUTE (@sql);
END;

-- The account that installs makes the head node's login later and defines error messages.
IF @installer = 1
BEGIN
    SET @sql = N'GRANT ALTER ANY LOGIN TO ' + QUOTENAME(@account)
        + N'; ALTER SERVER ROLE serveradmin ADD MEMBER ' + QUOTENAME(@account);
    EXECUTE (@sql);
END;

DECLARE present CURSOR LOCAL FAST_FORWARD FOR
    SELECT name FROM sys.databases
    WHERE name IN (N'HPCManagement', N'HPCScheduler', N'HPCReporting', N'HPCDiagnostics',
                   N'HPCMonitoring', N'HPCHAStorage', N'HPCHAWitness');
OPEN present;
FETCH NEXT FROM present INTO @name;
WHILE @@FETCH_STATUS = 0
BEGIN
    SET @sql = N'USE ' + QUOTENAME(@name) + N';'
        + N' IF USER_ID(@user) IS NULL CREATE USER ' + QUOTENAME(@account) + N' FOR LOGIN ' + QUOTENAME(@account) + N';'
        + N' ELSE ALTER USER ' + QUOTENAME(@account) + N' WITH LOGIN = ' + QUOTENAME(@account) + N';'
        + N' ALTER ROLE db_owner ADD MEMBER ' + QUOTENAME(@account) + N';';
    EXECUTE sys.sp_executesql @sql, N'@user sysname', @user = @account;
    FETCH NEXT FROM present INTO @name;
END;
CLOSE present;
DEALLOCATE present;
GO
