// Generated from the OpenAPI document: npm run types.

export interface paths {
    "/admin/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the channels and their mailboxes fare
         * @description Needs the permission adapter:read.
         */
        get: operations["listChannels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/fields": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The fields that tickets can have, archived ones too
         * @description Needs the permission ticket:read.
         */
        get: operations["listFields"];
        put?: never;
        /**
         * Define a field; from the first one on people can fill in only what is defined
         * @description Needs the permission settings:write.
         */
        post: operations["createField"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/fields/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change or archive a field; key and type stay
         * @description Needs the permission settings:write.
         */
        patch: operations["editField"];
        trace?: never;
    };
    "/admin/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Deliveries, timers and scheduled work, in order of their ids
         * @description Needs the permission job:manage.
         */
        get: operations["listJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a dead job for good
         * @description Needs the permission job:manage.
         */
        delete: operations["dropJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/jobs/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a dead job run again
         * @description Needs the permission job:manage.
         */
        post: operations["retryJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/mailboxes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The mailboxes, those of the configuration first
         * @description Needs the permission adapter:read.
         */
        get: operations["listMailboxes"];
        put?: never;
        /**
         * Set up a mailbox
         * @description Needs the permission adapter:manage.
         */
        post: operations["createMailbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/mailboxes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget a mailbox; its tickets and mails stay
         * @description Needs the permission adapter:manage.
         */
        delete: operations["deleteMailbox"];
        options?: never;
        head?: never;
        /**
         * Change a mailbox; secrets that are left out stay
         * @description Needs the permission adapter:manage.
         */
        patch: operations["editMailbox"];
        trace?: never;
    };
    "/admin/mailboxes/{id}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Connect to a mailbox and say what is found
         * @description Needs the permission adapter:manage.
         */
        post: operations["checkMailbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/mailboxes/{id}/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the sign-in to a mailbox stands
         * @description Needs the permission adapter:manage.
         */
        get: operations["mailboxLogin"];
        put?: never;
        /**
         * Begin to sign in to a mailbox by OAuth: open the address on any machine and type the code
         * @description Needs the permission adapter:manage.
         */
        post: operations["beginMailboxLogin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/panels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The messages in chats by which tickets are opened, those of the configuration first
         * @description Needs the permission adapter:read.
         */
        get: operations["listPanels"];
        put?: never;
        /**
         * Set up a panel; it is posted at once
         * @description Needs the permission adapter:manage.
         */
        post: operations["createPanel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/panels/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a panel away; its tickets stay
         * @description Needs the permission adapter:manage.
         */
        delete: operations["deletePanel"];
        options?: never;
        head?: never;
        /**
         * Change a panel, in the chat too
         * @description Needs the permission adapter:manage.
         */
        patch: operations["editPanel"];
        trace?: never;
    };
    "/admin/permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What roles and API tokens may hold */
        get: operations["listPermissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All roles, the built-in ones first
         * @description Needs the permission user:read.
         */
        get: operations["listRoles"];
        put?: never;
        /**
         * Make a role; nobody grants what they lack
         * @description Needs the permission role:manage.
         */
        post: operations["createRole"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/roles/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a role; 409 while somebody has it
         * @description Needs the permission role:manage.
         */
        delete: operations["deleteRole"];
        options?: never;
        head?: never;
        /**
         * Change a role; it counts from the next request of everybody who has it
         * @description Needs the permission role:manage.
         */
        patch: operations["editRole"];
        trace?: never;
    };
    "/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All accounts
         * @description Needs the permission user:read.
         */
        get: operations["listUsers"];
        put?: never;
        /**
         * Make an account
         * @description Needs the permission user:create.
         */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete an account; its history stays
         * @description Needs the permission user:delete.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        /**
         * Change an account
         * @description Needs the permission user:update.
         */
        patch: operations["editUser"];
        trace?: never;
    };
    "/admin/users/{id}/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who an account is elsewhere
         * @description Needs the permission user:read.
         */
        get: operations["listUserLinks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/users/{id}/links/{subject}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Say who an account is elsewhere
         * @description Needs the permission user:update.
         */
        put: operations["linkUser"];
        post?: never;
        /**
         * End a link of an account
         * @description Needs the permission user:update.
         */
        delete: operations["unlinkUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/users/{id}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The API tokens of an account
         * @description Needs the permission token:manage.
         */
        get: operations["listUserTokens"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/users/{id}/tokens/{tid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End an API token of an account
         * @description Needs the permission token:manage.
         */
        delete: operations["revokeUserToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * To whom tickets can be assigned
         * @description Needs the permission ticket:read.
         */
        get: operations["listAgents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/analytics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The numbers of an interval, counted by the time of each event; merged, spam and deleted tickets count nowhere
         * @description Needs the permission analytics:read.
         */
        get: operations["analytics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened across the desk, the newest first
         * @description Needs the permission audit:read.
         */
        get: operations["audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit/chain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the history of the desk is whole: the state of its chains
         * @description Needs the permission audit:read.
         */
        get: operations["auditChain"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/link-code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A code that links one's account to whoever enters it in a channel, once */
        post: operations["createLinkCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who one is elsewhere */
        get: operations["listOwnLinks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/links/{subject}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a link of one's own */
        delete: operations["deleteOwnLink"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in with a password */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End this session */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who asks, and what they may do */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change one's password; other sessions end */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One's own sessions */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of one's own sessions */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/bootstrap": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a panel needs to begin: who asks, branding, language, states */
        get: operations["bootstrap"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/branding": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the desk presents itself */
        get: operations["getBranding"];
        /**
         * Change how the desk presents itself
         * @description Needs the permission settings:write.
         */
        put: operations["setBranding"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/branding/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload a logo or an icon for the branding
         * @description Needs the permission settings:write.
         */
        post: operations["addImage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/branding/images/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A logo or an icon of the desk */
        get: operations["brandImage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * People who write to the desk, the newest first
         * @description Needs the permission contact:read.
         */
        get: operations["listContacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/contacts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A person who writes to the desk
         * @description Needs the permission contact:read.
         */
        get: operations["getContact"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change what the desk knows of a person; identities need the permission for the whole desk
         * @description Needs the permission ticket:update.
         */
        patch: operations["editContact"];
        trace?: never;
    };
    "/contacts/{id}/erase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Forget a person and what was said with them, for good; numbers, times and the history's skeletons stay
         * @description Needs the permission contact:erase.
         */
        post: operations["eraseContact"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/contacts/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Everything that the desk knows about a person, a JSON object a line: contact, ticket, message
         * @description Needs the permission contact:export.
         */
        get: operations["exportContact"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/contacts/{id}/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make one contact of two, for good: this one becomes part of another
         * @description Needs the permission ticket:merge.
         */
        post: operations["mergeContacts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/drafts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What one has begun to write
         * @description Needs the permission draft:own.
         */
        get: operations["listDrafts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens, as it happens: server-sent events ticket, left, desk, presence and reset
         * @description Needs the permission ticket:read.
         */
        get: operations["followEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the desk answers */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/kpi": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The numbers of the overview; null is what cannot be computed
         * @description Needs the permission dashboard:read.
         */
        get: operations["kpi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/last-view": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Keep which list one looks at, for the next time
         * @description Needs the permission ticket:read.
         */
        put: operations["keepLastView"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/macros": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Texts to answer with: what everybody has, one's own
         * @description Needs the permission view:own.
         */
        get: operations["listMacros"];
        put?: never;
        /**
         * Save a text, for oneself or for everybody
         * @description Needs the permission view:own.
         */
        post: operations["createMacro"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/macros/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Replace a text
         * @description Needs the permission view:own.
         */
        put: operations["saveMacro"];
        post?: never;
        /**
         * Delete a text
         * @description Needs the permission view:own.
         */
        delete: operations["deleteMacro"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/macros/{id}/render": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A text filled in for a ticket; nothing is done to it
         * @description Needs the permission view:own.
         */
        post: operations["renderMacro"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/marks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How far one has read some tickets
         * @description Needs the permission ticket:read.
         */
        get: operations["listMarks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/messages/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take an answer back, where it has arrived too; it stays at the desk as a note. What another person has written takes ticket:delete
         * @description Needs the permission message:write.
         */
        delete: operations["withdrawMessage"];
        options?: never;
        head?: never;
        /**
         * Change the text of an answer, where it has arrived too; 409 where the channel takes nothing back, as with mail. What another person has written takes ticket:delete
         * @description Needs the permission message:write.
         */
        patch: operations["reviseMessage"];
        trace?: never;
    };
    "/messages/{id}/html": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The HTML of a message, for a sandboxed frame
         * @description Needs the permission message:read.
         */
        get: operations["messageHTML"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/messages/{id}/raw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The original of a message
         * @description Needs the permission message:read.
         */
        get: operations["messageRaw"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/messages/{id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a message again that failed or came back; 409 for any other
         * @description Needs the permission message:write.
         */
        post: operations["resendMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/parked": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What could not become a ticket
         * @description Needs the permission parked:retry.
         */
        get: operations["listParked"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/parked/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Throw a parked item away
         * @description Needs the permission parked:retry.
         */
        delete: operations["deleteParked"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/parked/{id}/raw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The bytes of a parked item
         * @description Needs the permission parked:retry.
         */
        get: operations["parkedRaw"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/parked/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a parked item again; 409 says why it was refused
         * @description Needs the permission parked:retry.
         */
        post: operations["retryParked"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/preferences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change how one's own pages look and behave, in whichever browser
         * @description Needs the permission ticket:read.
         */
        patch: operations["editPreferences"];
        trace?: never;
    };
    "/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The queues whose tickets one may read
         * @description Needs the permission ticket:read.
         */
        get: operations["listQueues"];
        put?: never;
        /**
         * Make a queue
         * @description Needs the permission queue:manage.
         */
        post: operations["createQueue"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/queues/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a queue away; 409 while tickets or accounts need it
         * @description Needs the permission queue:manage.
         */
        delete: operations["deleteQueue"];
        options?: never;
        head?: never;
        /**
         * Rename a queue, or make it the default one
         * @description Needs the permission queue:manage.
         */
        patch: operations["editQueue"];
        trace?: never;
    };
    "/queues/{id}/mail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Replace the mail rules of a queue; what is left out follows the desk's
         * @description Needs the permission settings:write.
         */
        put: operations["setQueueMailRules"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ranking": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What each agent did in an interval; 404 when the desk compares nobody
         * @description Needs the permission ranking:read.
         */
        get: operations["ranking"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/settings/mail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the desk mails by itself: its own rules first, then each queue's
         * @description Needs the permission settings:read.
         */
        get: operations["listMailRules"];
        /**
         * Replace the mail rules of the desk
         * @description Needs the permission settings:write.
         */
        put: operations["setMailRules"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/settings/ranking": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether and how agents are compared
         * @description Needs the permission ranking:read.
         */
        get: operations["rankingSettings"];
        /**
         * Change whether and how agents are compared
         * @description Needs the permission settings:write.
         */
        put: operations["setRankingSettings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sla/calendars": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The calendars
         * @description Needs the permission sla:read.
         */
        get: operations["listCalendars"];
        put?: never;
        /**
         * Make a calendar
         * @description Needs the permission sla:manage.
         */
        post: operations["createCalendar"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sla/calendars/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All versions of a calendar, the newest first
         * @description Needs the permission sla:read.
         */
        get: operations["getCalendar"];
        /**
         * Make the next version of a calendar
         * @description Needs the permission sla:manage.
         */
        put: operations["saveCalendar"];
        post?: never;
        /**
         * Take a calendar away; 409 while a policy goes by it
         * @description Needs the permission sla:manage.
         */
        delete: operations["retireCalendar"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sla/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The policies in the order in which they are asked
         * @description Needs the permission sla:read.
         */
        get: operations["listPolicies"];
        put?: never;
        /**
         * Make a policy
         * @description Needs the permission sla:manage.
         */
        post: operations["createPolicy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sla/policies/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All versions of a policy, the newest first
         * @description Needs the permission sla:read.
         */
        get: operations["getPolicy"];
        /**
         * Make the next version of a policy
         * @description Needs the permission sla:manage.
         */
        put: operations["savePolicy"];
        post?: never;
        /**
         * End a policy for clocks that start from now on
         * @description Needs the permission sla:manage.
         */
        delete: operations["retirePolicy"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sla/recompute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Apply the definitions in force to all open clocks; a job does it
         * @description Needs the permission sla:manage.
         */
        post: operations["recomputeSLA"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sla/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was met and missed in a period, by clock and version of a policy
         * @description Needs the permission sla:read.
         */
        get: operations["reportSLA"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sla/simulate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What would have become of the tickets of a period under a policy
         * @description Needs the permission sla:read.
         */
        post: operations["simulateSLA"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The tags of the tickets that one may read, with their number
         * @description Needs the permission ticket:read.
         */
        get: operations["listTags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tags/{tag}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a tag off all tickets
         * @description Needs the permission settings:write.
         */
        delete: operations["deleteTag"];
        options?: never;
        head?: never;
        /**
         * Rename a tag on all tickets; one that exists already is joined
         * @description Needs the permission settings:write.
         */
        patch: operations["renameTag"];
        trace?: never;
    };
    "/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tickets in scope, by filters and search
         * @description Needs the permission ticket:read.
         */
        get: operations["listTickets"];
        put?: never;
        /**
         * Open a ticket
         * @description Needs the permission ticket:create.
         */
        post: operations["createTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One ticket, by id or number
         * @description Needs the permission ticket:read.
         */
        get: operations["getTicket"];
        put?: never;
        post?: never;
        /**
         * Erase a ticket; the skeleton of its history stays
         * @description Needs the permission ticket:delete.
         */
        delete: operations["deleteTicket"];
        options?: never;
        head?: never;
        /**
         * Change a ticket, all or nothing; each property needs its own permission
         * @description Needs the permission ticket:update.
         */
        patch: operations["editTicket"];
        trace?: never;
    };
    "/tickets/{id}/assign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a ticket to somebody
         * @description Needs the permission ticket:assign.
         */
        post: operations["assignTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/attachments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload a file for the next message
         * @description Needs the permission message:write.
         */
        post: operations["upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/attachments/{aid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A file of a ticket
         * @description Needs the permission attachment:read.
         */
        get: operations["download"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a ticket; 409 when somebody was faster
         * @description Needs the permission ticket:claim.
         */
        post: operations["claimTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a ticket
         * @description Needs the permission ticket:close.
         */
        post: operations["closeTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/drafts/{kind}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Keep what one has begun to write; an empty body removes it
         * @description Needs the permission draft:own.
         */
        put: operations["saveDraft"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/escalate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Raise the priority by one step
         * @description Needs the permission ticket:escalate.
         */
        post: operations["escalateTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The history of a ticket, in order
         * @description Needs the permission ticket:read.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The tickets that belong to this one, as far as one may read them
         * @description Needs the permission ticket:read.
         */
        get: operations["listLinks"];
        put?: never;
        /**
         * Link two tickets; the answer is the list
         * @description Needs the permission ticket:link.
         */
        post: operations["linkTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/links/{other}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a link away
         * @description Needs the permission ticket:link.
         */
        delete: operations["unlinkTicket"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a ticket that is about the same as another; its conversation moves there, and the answer is that ticket
         * @description Needs the permission ticket:merge.
         */
        post: operations["mergeTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The conversation
         * @description Needs the permission message:read.
         */
        get: operations["listMessages"];
        put?: never;
        /**
         * Write a reply or a note
         * @description Needs the permission message:write.
         */
        post: operations["createMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/participants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who gets copies
         * @description Needs the permission ticket:read.
         */
        get: operations["listParticipants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/presence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who has a ticket open
         * @description Needs the permission ticket:read.
         */
        get: operations["listPresence"];
        put?: never;
        /**
         * Say that one has a ticket open; to be repeated every ten to fifteen seconds
         * @description Needs the permission presence:own.
         */
        post: operations["setPresence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring a ticket back
         * @description Needs the permission ticket:reopen.
         */
        post: operations["reopenTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/seen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Note that one has read a ticket; gives the mark as it was before
         * @description Needs the permission ticket:read.
         */
        post: operations["markSeen"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/sla": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The clocks of a ticket, with all their cycles
         * @description Needs the permission sla:read.
         */
        get: operations["ticketSLA"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/snooze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hide a ticket until a time
         * @description Needs the permission ticket:snooze.
         */
        post: operations["snoozeTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/spam": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mark a ticket as unwanted
         * @description Needs the permission ticket:spam.
         */
        post: operations["spamTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/split": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new ticket of some messages, which move there
         * @description Needs the permission ticket:split.
         */
        post: operations["splitTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add and remove tags
         * @description Needs the permission ticket:tag.
         */
        post: operations["tagTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/transcript": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The whole conversation as one document
         * @description Needs the permission transcript:read.
         */
        get: operations["transcript"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/{id}/unclaim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a ticket back to its queue
         * @description Needs the permission ticket:claim.
         */
        post: operations["unclaimTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Do one thing to up to 100 tickets, each for itself, with a result for each
         * @description Needs the permission ticket:bulk.
         */
        post: operations["bulk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tickets/bulk/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take one's own bulk change back, within 60 seconds; a ticket that has changed since stays as it is
         * @description Needs the permission ticket:bulk.
         */
        post: operations["undoBulk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One's own API tokens
         * @description Needs the permission token:own.
         */
        get: operations["listTokens"];
        put?: never;
        /**
         * Make an API token
         * @description Needs the permission token:own.
         */
        post: operations["createToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End an API token
         * @description Needs the permission token:own.
         */
        delete: operations["revokeToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/transcripts/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The public keys of every transcript that was ever signed here, as a JWK Set (RFC 7517) */
        get: operations["transcriptKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/transcripts/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check that a saved transcript is as this desk made it
         * @description Needs the permission transcript:read.
         */
        post: operations["verifyTranscript"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Saved lists: the default ones, what everybody has, one's own
         * @description Needs the permission ticket:read.
         */
        get: operations["listViews"];
        put?: never;
        /**
         * Save a list, for oneself or for everybody
         * @description Needs the permission view:own.
         */
        post: operations["createView"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/views/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Replace a saved list
         * @description Needs the permission view:own.
         */
        put: operations["saveView"];
        post?: never;
        /**
         * Delete a saved list
         * @description Needs the permission view:own.
         */
        delete: operations["deleteView"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/views/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many tickets each view holds, up to 1000
         * @description Needs the permission ticket:read.
         */
        get: operations["countViews"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Action: {
            /** @description role, address, webhook, account or queue */
            to: string;
            /** @enum {string} */
            type: "notify_assignee" | "notify_queue" | "notify_role" | "notify_discord" | "notify_mail" | "notify_webhook" | "raise_priority" | "reassign" | "move_queue";
        };
        Age: {
            below_seconds: number | null;
            tickets: number;
        };
        Agent: {
            id: string;
            name: string;
            /** @description was seen in the last five minutes */
            online: boolean;
            username: string;
        };
        Analytics: {
            ages: components["schemas"]["Age"][];
            backlog: components["schemas"]["Balance"];
            channels: components["schemas"]["Breakdown"][];
            days: components["schemas"]["Day"][];
            first_resolution: components["schemas"]["Durations"];
            first_response: components["schemas"]["Durations"];
            /** Format: date-time */
            from: string;
            heat_asked: unknown;
            heat_breached: unknown;
            heat_created: unknown;
            last_resolution: components["schemas"]["Durations"];
            next_response: components["schemas"]["Durations"];
            one_touch: components["schemas"]["Share"];
            priorities: components["schemas"]["Breakdown"][];
            queues: components["schemas"]["Breakdown"][];
            rating: components["schemas"]["Ratings"] | null;
            reopen_rate: components["schemas"]["Share"];
            tags: components["schemas"]["Breakdown"][];
            /** Format: date-time */
            to: string;
            waiting: components["schemas"]["Waiting"];
            zone: string;
        };
        Assign: {
            /** @description id of an account, me, or null for nobody */
            assignee: string | null;
        };
        Assignee: {
            id: string;
            name: string;
        };
        Attachment: {
            content_type: string;
            id: string;
            inline: boolean;
            name: string;
            sha256: string;
            size: number;
        };
        Author: {
            email: string;
            /** @description of the account or the person; empty for the desk itself */
            id: string;
            name: string;
            /** @enum {string} */
            type: "account" | "contact" | "system";
        };
        Balance: {
            created: number;
            from: number;
            removed: number;
            reopened: number;
            resolved: number;
            to: number;
        };
        Bootstrap: {
            branding: components["schemas"]["Branding"];
            flags: components["schemas"]["Flags"];
            /** @description id of the list that one looked at last; empty: none. It may be gone */
            last_view: string;
            /**
             * @description of the desk
             * @enum {string}
             */
            locale: "de" | "en";
            me: components["schemas"]["Me"];
            /**
             * Format: date-time
             * @description the server's clock
             */
            now: string;
            /** @description of macros */
            placeholders: string[];
            preferences: components["schemas"]["Preferences"];
            priorities: string[];
            states: components["schemas"]["State"][];
            /** @description IANA name */
            zone: string;
        };
        Bounce: {
            /**
             * Format: date-time
             * @description when the desk got to know
             */
            at: string;
            /** @description in the words of the other side */
            diagnostic: string;
            /** @description address; empty when the report does not say */
            recipient: string;
            /** @description code of RFC 3463 such as 5.1.1, or reply such as 550; empty when there is neither */
            status: string;
        };
        Branding: {
            /** @description of the two, at least 4.5; null without primary */
            contrast: number | null;
            default_locale: string;
            favicon: string;
            imprint_url: string;
            login_text: string;
            logo_dark: string;
            logo_light: string;
            name: string;
            /** @description the colour of text on primary; empty without one */
            on_primary: string;
            primary: string;
            privacy_url: string;
            short_name: string;
            support_url: string;
            time_zone: string;
            version: number;
        };
        Breakdown: {
            created: number;
            first_response: components["schemas"]["Durations"] | null;
            key: string;
            reopened: number;
            resolution: components["schemas"]["Durations"] | null;
            resolved: number;
        };
        Bulk: {
            /** @enum {string} */
            action: "claim" | "unclaim" | "assign" | "status" | "priority" | "tags" | "queue" | "close" | "reopen" | "snooze" | "spam" | "merge" | "delete";
            /** @description for tags */
            add?: string[];
            /** @description for assign: id of an account, me, or null for nobody */
            assignee?: string | null;
            /** @description 1 to 100 ids or numbers */
            ids: string[];
            /** @description for merge: id or number */
            into?: string;
            /**
             * @description for priority
             * @enum {string}
             */
            priority?: "low" | "normal" | "high" | "urgent";
            /** @description for queue: id or name */
            queue?: string;
            /** @description for close */
            reason?: string;
            /** @description for tags */
            remove?: string[];
            /** @description for status */
            status?: string;
            /**
             * Format: date-time
             * @description for snooze
             */
            until?: string;
            /** @description by what stands in ids: the version that the change is meant for */
            versions?: {
                [key: string]: number;
            };
        };
        BulkAnswer: {
            items: components["schemas"]["BulkResult"][];
            next_cursor: string | null;
            /** @description token for POST tickets/bulk/undo, for 60 seconds; null when nothing can be taken back */
            undo: string | null;
        };
        BulkResult: {
            /** @description as it was given */
            id: string;
            problem: components["schemas"]["Problem"] | null;
            /** @description what the single call would have answered */
            status: number;
            /** @description as it is now; for a merge the one that lives on */
            ticket: components["schemas"]["Ticket"] | null;
        };
        Calendar: {
            breaks: {
                [key: string]: components["schemas"]["Window"][];
            };
            /** Format: date-time */
            created_at: string;
            created_by: string;
            holidays: components["schemas"]["Holiday"][];
            id: string;
            name: string;
            /**
             * @description config: the configuration of the program says it, and it is changed there
             * @enum {string}
             */
            origin: "hand" | "config";
            overrides: {
                [key: string]: components["schemas"]["Window"][];
            };
            /** Format: date-time */
            valid_from: string;
            version: number;
            week: {
                [key: string]: components["schemas"]["Window"][];
            };
            zone: string;
        };
        CalendarBody: {
            /** @description by date: windows taken away */
            breaks?: {
                [key: string]: components["schemas"]["Window"][];
            };
            holidays?: components["schemas"]["Holiday"][];
            name: string;
            /** @description by date: windows instead of the week's */
            overrides?: {
                [key: string]: components["schemas"]["Window"][];
            };
            /**
             * Format: date-time
             * @description left out or past: from now on
             */
            valid_from?: string;
            /** @description the one that was seen; a newer one refuses the change. Left out or 0: any */
            version?: number;
            /** @description by mon to sun; hours over midnight are two windows */
            week: {
                [key: string]: components["schemas"]["Window"][];
            };
            /** @description Europe/Berlin */
            zone: string;
        };
        Chain: {
            /**
             * Format: date-time
             * @description when the heads of all chains were pinned last; null: never
             */
            checkpoint_at: string | null;
            /** @description in the chain of the desk itself */
            events: number;
        };
        Changed: {
            /** @description how many were changed */
            tickets: number;
        };
        Channel: {
            last_error: string;
            /** Format: date-time */
            last_error_at: string | null;
            name: string;
            /** @description since the process began */
            parked: number;
            /** @description since the process began */
            received: number;
            sends: boolean;
            sources: components["schemas"]["Source"][];
            /** @enum {string} */
            state: "stopped" | "running" | "waiting";
        };
        Clock: {
            /**
             * Format: date-time
             * @description when it was due, not when somebody noticed
             */
            breached_at: string | null;
            /** Format: date-time */
            cancelled_at: string | null;
            /** @description policy_change when a change of policy, priority or queue made it late */
            cause: string;
            /** @enum {string} */
            clock: "first_response" | "next_response" | "update" | "resolution";
            /** @description from 1 */
            cycle: number;
            /**
             * Format: date-time
             * @description null while paused
             */
            due_at: string | null;
            /** @description of working time, without pauses */
            elapsed_seconds: number;
            /** Format: date-time */
            paused_since: string | null;
            policy_id: string;
            policy_version: number;
            /** @description negative when late */
            remaining_seconds: number;
            /**
             * Format: date-time
             * @description since when it is pressing; null unless it runs and is not late
             */
            soon_at: string | null;
            /** Format: date-time */
            start: string;
            /** @enum {string} */
            state: "running" | "paused" | "met" | "missed" | "cancelled";
            /** Format: date-time */
            stopped_at: string | null;
            /** @description of working time */
            target_seconds: number;
        };
        Comparison: {
            actual: components["schemas"]["Counts"];
            /** @enum {string} */
            clock: "first_response" | "next_response" | "update" | "resolution";
            instead: components["schemas"]["Counts"];
        };
        Contact: {
            /** Format: date-time */
            created_at: string;
            id: string;
            identities: components["schemas"]["Identity"][];
            locale: string;
            name: string;
        };
        Counts: {
            met: number;
            missed: number;
            open: number;
        };
        CreatedToken: {
            /** @description shown this once */
            secret: string;
            token: components["schemas"]["Token"];
        };
        Day: {
            backlog: number;
            created: number;
            date: string;
            removed: number;
            reopened: number;
            resolved: number;
        };
        Delivery: {
            /**
             * Format: date-time
             * @description since when
             */
            at: string;
            /** @description why it waits, failed or came back */
            reason: string;
            /**
             * @description failed: given up; bounced: sent, and came back later. Either can be sent again: POST messages/{id}/resend
             * @enum {string}
             */
            state: "queued" | "sent" | "failed" | "bounced";
        };
        Draft: {
            body: string;
            /** @enum {string} */
            kind: "reply" | "note";
            ticket_id: string;
            /** Format: date-time */
            updated_at: string;
            version: number;
        };
        Durations: {
            business_p50_seconds: number | null;
            business_p90_seconds: number | null;
            n: number;
            p50_seconds: number | null;
            p90_seconds: number | null;
        };
        EditContact: {
            /** @description replaces all; one that is new counts as not proven */
            identities?: components["schemas"]["NewIdentity"][];
            /**
             * @description empty: the desk's
             * @enum {string}
             */
            locale?: "de" | "en" | "";
            /** @description at most 200 characters */
            name?: string;
        };
        EditField: {
            archived?: boolean;
            label?: components["schemas"]["Labels"];
            /** @description replaces all; tickets keep a value whose option goes */
            options?: components["schemas"]["Option"][];
            position?: number;
            /** @description ids or names; replaces all */
            queues?: string[];
            /** @enum {string} */
            required?: "never" | "create" | "resolve";
        };
        EditMailbox: {
            active?: boolean;
            after_import?: string;
            client_id?: string;
            client_secret?: string;
            failed_folder?: string;
            folder?: string;
            password?: string;
            processed_folder?: string;
            queue?: string;
            refresh_token?: string;
            security?: string;
            sent_copy?: string;
            sent_folder?: string;
            /** @description host:port; needs the secret anew, as token_url and tenant_id do */
            server?: string;
            tenant_id?: string;
            token_url?: string;
            user?: string;
        };
        EditPanel: {
            active?: boolean;
            channel_id?: string;
            /** @description replaces all */
            kinds?: components["schemas"]["PanelKind"][];
            /**
             * @description of tickets that are opened from now on
             * @enum {string}
             */
            mode?: "" | "channel" | "thread";
            /** @enum {string} */
            style?: "buttons" | "select";
            text?: components["schemas"]["PanelText"];
            title?: components["schemas"]["PanelText"];
        };
        EditPreferences: {
            /** @enum {string} */
            locale?: "de" | "en" | "";
            /** @enum {string} */
            shortcuts?: "on" | "off" | "";
            /** @enum {string} */
            theme?: "auto" | "light" | "dark" | "";
        };
        EditQueue: {
            /** @description true makes it the default one */
            default?: boolean;
            /** @description at most 80 characters, unique */
            name?: string;
        };
        EditRole: {
            description?: string;
            /** @description replaces all */
            permissions?: components["schemas"]["RolePermission"][];
        };
        EditTicket: {
            /** @description id of an account, me, or null for nobody */
            assignee?: string | null;
            /** @description sets the named fields; null removes one */
            fields?: {
                [key: string]: unknown;
            };
            /** @enum {string} */
            priority?: "low" | "normal" | "high" | "urgent";
            /** @description id or name */
            queue?: string;
            /** @description name of a state; snoozed and merged have their own calls */
            status?: string;
            subject?: string;
            /** @description replaces all */
            tags?: string[];
        };
        EditUser: {
            active?: boolean;
            /** @description empty is nowhere */
            email?: string;
            /** @description replaces all; not together with role or queues */
            grants?: components["schemas"]["Grant"][];
            name?: string;
            password?: string;
            /** @description limits the role to these queues */
            queues?: string[];
            /** @description name of a role; becomes that of every grant */
            role?: string;
        };
        Erased: {
            /** @description emptied, in those tickets and in tickets of others */
            messages: number;
            /** @description requested by the person and emptied */
            tickets: number;
        };
        Event: {
            actor: components["schemas"]["EventActor"];
            /** Format: date-time */
            at: string;
            data: Record<string, never>;
            id: string;
            seq: number;
            /** @description null for what happened to the desk itself */
            ticket_id: string | null;
            type: string;
        };
        EventActor: {
            id: string;
            /** @description empty once it was erased */
            name: string;
            /** @enum {string} */
            type: "account" | "contact" | "system";
        };
        Field: {
            /** @description keeps its values and takes no new ones */
            archived: boolean;
            /** Format: date-time */
            created_at: string;
            id: string;
            /** @description its name in the fields of a ticket */
            key: string;
            label: components["schemas"]["Labels"];
            options: components["schemas"]["Option"][];
            position: number;
            /** @description where it applies; empty is everywhere */
            queues: string[];
            /**
             * @description when an agent has to fill it in
             * @enum {string}
             */
            required: "never" | "create" | "resolve";
            /** @enum {string} */
            type: "text" | "long_text" | "number" | "integer" | "boolean" | "date" | "datetime" | "select" | "multi_select" | "url" | "email";
        };
        FieldError: {
            /** @description a constant word for the message, where it has one */
            code?: string;
            /** @description path of the input, such as requester.email */
            field: string;
            /** @description in the language of Accept-Language, de or en, as far as it has a code */
            message: string;
        };
        Finding: {
            check: string;
            /** @description what to do about it */
            fix: string;
            /** @enum {string} */
            level: "ok" | "warning" | "error";
            text: string;
        };
        Flags: {
            channels: boolean;
            live: boolean;
            mailboxes: boolean;
            panels: boolean;
            parked: boolean;
            ranking: boolean;
            reports: boolean;
            sla: boolean;
        };
        Grant: {
            /** @description id of the queue that it is for; empty or left out: the whole desk */
            queue: string;
            /** @description name of a role */
            role: string;
        };
        Health: {
            /** @description name of the desk */
            service: string;
            /**
             * @description degraded: it answers, and somebody should look after a channel
             * @enum {string}
             */
            status: "ok" | "degraded";
        };
        Holiday: {
            /** @description 2026-12-25 */
            date: string;
            name: string;
        };
        Identity: {
            /**
             * Format: date-time
             * @description when mail to it last came back; null while it arrives
             */
            bounced_at: string | null;
            /** @description email, discord, phone or an adapter's own word */
            kind: string;
            value: string;
            /** @description proven to belong to the person */
            verified: boolean;
        };
        Image: {
            content_type: string;
            /** @description it is shown at branding/images/{id}, and kept as long as the branding names that address */
            id: string;
            size: number;
        };
        Job: {
            attempt: number;
            /** Format: date-time */
            finished_at: string | null;
            id: string;
            kind: string;
            /** @description of the latest failure */
            last_error: string;
            /** Format: date-time */
            run_at: string;
            /** @enum {string} */
            state: "pending" | "leased" | "done" | "dead";
        };
        Jwk: {
            alg: string;
            /**
             * Format: date-time
             * @description when it was first used
             */
            created_at: string | null;
            crv: string;
            kid: string;
            kty: string;
            use: string;
            x: string;
        };
        KeySet: {
            keys: components["schemas"]["Jwk"][];
        };
        KPI: {
            agents_online: number | null;
            breached: number | null;
            created_today: number | null;
            due_within_hour: number | null;
            first_response_p50_seconds: number | null;
            mine: number | null;
            open: number | null;
            pending: number | null;
            previous: components["schemas"]["Previous"];
            resolved_today: number | null;
            sla_attainment_7d: number | null;
            unassigned: number | null;
        };
        Labels: {
            de: string;
            en: string;
        };
        LastView: {
            /** @description id of a list; at most 64 characters */
            view: string;
        };
        Link: {
            /** Format: date-time */
            created_at: string;
            /**
             * @description what the other ticket is to this one
             * @enum {string}
             */
            relation: "related" | "parent" | "child" | "duplicate_of" | "duplicated_by" | "blocks" | "blocked_by";
            ticket: components["schemas"]["Linked"];
        };
        Linked: {
            assignee: components["schemas"]["Assignee"] | null;
            category: string;
            id: string;
            number: number;
            priority: string;
            queue: string;
            status: string;
            subject: string;
        };
        Login: {
            password: string;
            username: string;
        };
        Macro: {
            de: string;
            en: string;
            id: string;
            name: string;
            position: number;
            /** @description empty: it stays */
            priority: string;
            shared: boolean;
            /** @description what the ticket becomes; empty: it stays */
            status: string;
            /** @description to be added */
            tags: string[];
            version: number;
        };
        Mailbox: {
            active: boolean;
            address: string;
            /** @description move, flag, delete or leave; empty: move */
            after_import: string;
            client_id: string;
            /** @description empty: Failed */
            failed_folder: string;
            /** @description empty: INBOX */
            folder: string;
            /** @description secrets are never shown */
            has_secret: boolean;
            id: string;
            /** @description empty: Processed */
            processed_folder: string;
            /** @description of mail whose recipients have none; empty: the default queue */
            queue: string;
            /** @description set up in the configuration of the program */
            read_only: boolean;
            /** @description tls, starttls or none; empty: by the port */
            security: string;
            /** @description whether copies of mails that left from the address are kept in sent_folder: auto, on or off; empty is auto, which keeps them unless the SMTP server does so by itself */
            sent_copy: string;
            /** @description empty: the one that the server marks, else one that is called so */
            sent_folder: string;
            /** @description host:port */
            server: string;
            /** @enum {string} */
            sign_in: "password" | "oauth";
            /** @description of Entra ID */
            tenant_id: string;
            /** @description empty: the provider's */
            token_url: string;
            /** @description who signs in, when it is not the address; with OAuth, whose token it is */
            user: string;
            version: number;
        };
        MailboxLogin: {
            /** @description to be typed in there */
            code: string;
            /** Format: date-time */
            expires_at: string | null;
            /**
             * @description done: the mailbox is read within a minute; none: nobody signs in
             * @enum {string}
             */
            state: "none" | "waiting" | "done" | "refused" | "expired";
            /** @description to be opened on any machine, while waiting */
            url: string;
        };
        MailRules: {
            /** @description what holds in the end */
            effective: components["schemas"]["MailSwitches"];
            /** @description what these rules say */
            mails: components["schemas"]["MailSwitches"];
            /** @description name of the queue */
            queue: string;
            /** @description null for the rules of the desk */
            queue_id: string | null;
            /** @description null: the desk's */
            signature: string | null;
        };
        MailSwitches: {
            /** @description to the new assignee */
            assigned: boolean | null;
            /** @description to the assignee, when a message could not be delivered */
            bounced: boolean | null;
            /** @description to the requester, with the transcript */
            closed: boolean | null;
            /** @description to the requester, before a ticket is closed for inactivity */
            closing: boolean | null;
            /** @description to the requester of a new ticket */
            receipt: boolean | null;
            /** @description to the requester of a ticket that has been pending for long */
            reminder: boolean | null;
            /** @description to whom a service level names, before and after a promise is missed */
            sla: boolean | null;
        };
        Mark: {
            /**
             * Format: date-time
             * @description when it was seen last; null: never
             */
            at: string | null;
            ticket_id: string;
            /** @description the newest that was seen; a ticket with a greater one is unread. 0: never seen */
            version: number;
        };
        Match: {
            channels: string[];
            priorities: string[];
            /** @description ids */
            queues: string[];
        };
        Me: {
            grants: components["schemas"]["Grant"][];
            id: string;
            must_change_password: boolean;
            /** @description display name */
            name: string;
            permissions: string[];
            /** @description the queues that the account is limited to; empty is no limit */
            queues: string[];
            role: string;
            username: string;
        };
        Merge: {
            /** @description id or number of the ticket that lives on */
            into: string;
            /** @description the version of it that the merge is meant for */
            into_version?: number;
        };
        MergeContact: {
            /** @description id of the contact that lives on */
            into: string;
        };
        MergedContact: {
            contact: components["schemas"]["Contact"];
            /** @description that changed hands */
            tickets: number;
        };
        Message: {
            attachments: components["schemas"]["Attachment"][];
            author: components["schemas"]["Author"];
            /** @description what the newest report said, when the message came back */
            bounce: components["schemas"]["Bounce"] | null;
            channel: string;
            /** Format: date-time */
            created_at: string;
            delivery: components["schemas"]["Delivery"] | null;
            /** @description whether there is HTML: GET messages/{id}/html */
            html: boolean;
            id: string;
            /** @enum {string} */
            kind: "public" | "note" | "system";
            /** @description written by a program */
            machine: boolean;
            /** @description position in its ticket, from 1 */
            n: number;
            /**
             * @description how the sender protected it; nobody has checked a signature
             * @enum {string}
             */
            protection: "" | "signed" | "encrypted";
            /** @description what it repeats of earlier messages */
            quoted: string;
            /** @description whether the original was kept: GET messages/{id}/raw */
            raw: boolean;
            /** @description whether it can be changed and taken back as it is now, by who has written it or with ticket:delete: PATCH and DELETE messages/{id} */
            revisable: boolean;
            /** @description the new part */
            text: string;
            /** @description whether the sender was proven; null when the channel cannot say */
            verified: boolean | null;
        };
        NewBranding: {
            /** @enum {string} */
            default_locale?: "de" | "en" | "";
            favicon?: string;
            imprint_url?: string;
            login_text?: string;
            logo_dark?: string;
            /** @description path on the same host, or https:// */
            logo_light?: string;
            /** @description at most 80 characters */
            name?: string;
            /** @description #rrggbb */
            primary?: string;
            privacy_url?: string;
            /** @description at most 20 characters */
            short_name?: string;
            support_url?: string;
            /** @description IANA name */
            time_zone?: string;
            /** @description the one that was seen; a newer one refuses the change. Left out or 0: any */
            version?: number;
        };
        NewDraft: {
            body?: string;
            /** @description the one that was seen: a newer one refuses the change. Left out or 0: the last writer wins */
            version?: number;
        };
        NewField: {
            /** @description 1 to 64 of a–z, 0–9 and _, beginning with a letter; never changes */
            key: string;
            label?: components["schemas"]["Labels"];
            /** @description for select and multi_select */
            options?: components["schemas"]["Option"][];
            position?: number;
            /** @description ids or names; empty is everywhere */
            queues?: string[];
            /** @enum {string} */
            required?: "never" | "create" | "resolve";
            /** @enum {string} */
            type: "text" | "long_text" | "number" | "integer" | "boolean" | "date" | "datetime" | "select" | "multi_select" | "url" | "email";
        };
        NewIdentity: {
            /** @description email, phone … */
            kind: string;
            value: string;
        };
        NewLink: {
            /**
             * @description what the other ticket is to this one; left out: related
             * @enum {string}
             */
            relation?: "related" | "parent" | "child" | "duplicate_of" | "duplicated_by" | "blocks" | "blocked_by";
            /** @description id or number of the other ticket */
            ticket: string;
        };
        NewMacro: {
            /** @description may hold {{ticket.number}}, {{ticket.subject}}, {{ticket.queue}}, {{requester.name}}, {{requester.email}}, {{agent.name}} */
            de?: string;
            en?: string;
            /** @description at most 80 characters */
            name: string;
            position?: number;
            /** @enum {string} */
            priority?: "low" | "normal" | "high" | "urgent" | "";
            /** @description everybody's; only when it is made */
            shared?: boolean;
            status?: string;
            tags?: string[];
            /** @description the one that was seen; a newer one refuses the change. Left out or 0: any */
            version?: number;
        };
        NewMailbox: {
            address: string;
            after_import?: string;
            client_id?: string;
            client_secret?: string;
            failed_folder?: string;
            folder?: string;
            password?: string;
            processed_folder?: string;
            queue?: string;
            refresh_token?: string;
            security?: string;
            sent_copy?: string;
            sent_folder?: string;
            /** @description host:port */
            server: string;
            /**
             * @description left out: password
             * @enum {string}
             */
            sign_in?: "password" | "oauth";
            tenant_id?: string;
            token_url?: string;
            user?: string;
        };
        NewMailRules: {
            mails?: components["schemas"]["MailSwitches"];
            /** @description plain text below messages to people outside; null follows the desk's, empty is none */
            signature?: string;
        };
        NewMark: {
            /** @description left out or 0: the newest */
            version?: number;
        };
        NewMessage: {
            /** @description uploaded before by the same account to the same ticket */
            attachment_ids?: string[];
            /** @description may be empty only with attachments */
            body?: string;
            /** @description closes the ticket in the same step */
            close?: boolean;
            /** @enum {string} */
            kind: "reply" | "note";
            /** @description what the ticket becomes in the same step */
            status?: string;
        };
        NewPanel: {
            channel_id: string;
            /** @description 1 to 25 */
            kinds: components["schemas"]["PanelKind"][];
            /**
             * @description left out: as the configuration has it
             * @enum {string}
             */
            mode?: "" | "channel" | "thread";
            /**
             * @description left out: buttons
             * @enum {string}
             */
            style?: "buttons" | "select";
            text?: components["schemas"]["PanelText"];
            title?: components["schemas"]["PanelText"];
        };
        NewPresence: {
            /** @enum {string} */
            state: "viewing" | "replying" | "left";
        };
        NewQueue: {
            /** @description at most 80 characters, unique */
            name: string;
        };
        NewRankingSettings: {
            anonymous?: boolean;
            /** @description 1 to 1000; left out or 0: 5 */
            minimum?: number;
            off?: boolean;
            /** @description the one that was seen; a newer one refuses the change. Left out or 0: any */
            version?: number;
        };
        NewRequester: {
            email: string;
            name?: string;
        };
        NewRole: {
            description?: string;
            /** @description a lower-case letter, then letters, digits, - and _; at most 40 */
            name: string;
            /** @description at least one */
            permissions: components["schemas"]["RolePermission"][];
        };
        NewTicket: {
            /** @description the requester's words */
            body?: string;
            /** @description values are text, numbers, true, false, null or lists of texts */
            fields?: {
                [key: string]: unknown;
            };
            /** @enum {string} */
            priority?: "low" | "normal" | "high" | "urgent";
            /** @description id or name; left out: the default queue */
            queue?: string;
            requester: components["schemas"]["NewRequester"];
            /** @description where the problem came from: phone, chat …; left out: api */
            source?: string;
            subject: string;
            tags?: string[];
        };
        NewToken: {
            /**
             * Format: date-time
             * @description left out: never
             */
            expires_at?: string;
            name: string;
            /** @description permissions, at least one */
            scopes: string[];
        };
        NewUser: {
            /** @description where they are told about tickets; left out: the username if that is an address */
            email?: string;
            /** @description instead of role and queues, for who needs several */
            grants?: components["schemas"]["Grant"][];
            name?: string;
            /** @description 8 to 128 characters */
            password: string;
            /** @description limits the role to these queues */
            queues?: string[];
            /** @description name of a role; left out where there are grants */
            role?: string;
            username: string;
        };
        NewView: {
            columns?: string[];
            /** @description as in q of tickets */
            filter?: string;
            /** @description at most 80 characters */
            name: string;
            position?: number;
            /** @description everybody's; only when it is made */
            shared?: boolean;
            /** @enum {string} */
            sort?: "-updated_at" | "updated_at" | "-created_at" | "created_at" | "-number" | "number" | "-priority" | "priority";
            /** @description the one that was seen; a newer one refuses the change. Left out or 0: any */
            version?: number;
        };
        Option: {
            label: components["schemas"]["Labels"];
            value: string;
        };
        Panel: {
            active: boolean;
            channel_id: string;
            id: string;
            kinds: components["schemas"]["PanelKind"][];
            /**
             * @description where its tickets live: each in a private channel, or in a private thread of this one; empty: as the configuration has it
             * @enum {string}
             */
            mode: "" | "channel" | "thread";
            /** @description set up in the configuration of the program */
            read_only: boolean;
            /** @enum {string} */
            style: "buttons" | "select";
            /** @description empty: the built-in one */
            text: components["schemas"]["PanelText"];
            /** @description empty: the built-in one */
            title: components["schemas"]["PanelText"];
            version: number;
        };
        PanelKind: {
            blocked_role_ids: string[];
            blocked_user_ids: string[];
            category_ids: string[];
            /** @description between two tickets of one person */
            cooldown_minutes: number;
            /** @description a character, or name:id of one of the server */
            emoji: string;
            /** @description such as Mo-Fr 08:00-18:00; empty: those of the configuration */
            hours: string;
            /** @description lower-case letters, digits and hyphens; unique over all panels */
            id: string;
            /** @description at most 80 characters; an empty one is the other language's */
            label: components["schemas"]["PanelText"];
            /**
             * @description empty: warn
             * @enum {string}
             */
            outside_hours: "" | "warn" | "refuse";
            /** @enum {string} */
            priority: "" | "low" | "normal" | "high" | "urgent";
            /** @description at most 5 */
            questions: components["schemas"]["PanelQuestion"][];
            /** @description empty: the default queue */
            queue: string;
            /** @description one of them is needed to open a ticket */
            required_role_ids: string[];
            /** @description who sees and answers the tickets; none: those of the configuration */
            support_role_ids: string[];
        };
        PanelQuestion: {
            /** @description lower-case letters, digits and hyphens */
            id: string;
            /** @description at most 45 characters; an empty one is the other language's */
            label: components["schemas"]["PanelText"];
            /** @description several lines */
            long: boolean;
            optional: boolean;
            /** @description to choose from, at most 25; none: a text */
            options: string[];
        };
        PanelText: {
            de: string;
            en: string;
        };
        Parked: {
            /** Format: date-time */
            at: string;
            channel: string;
            id: string;
            reason: string;
            /** @description as far as known */
            sender: string;
            size: number;
            /** @description as far as known */
            subject: string;
        };
        Participant: {
            contact: components["schemas"]["Person"];
            /** @description cc */
            role: string;
        };
        Password: {
            old_password: string;
            /** @description 8 to 128 characters */
            password: string;
        };
        Permission: {
            permission: string;
            /** @description that a role may give it with; empty: it has none */
            scopes: string[];
        };
        Person: {
            email: string;
            id: string;
            name: string;
        };
        Policy: {
            calendar_id: string;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            id: string;
            match: components["schemas"]["Match"];
            name: string;
            /**
             * @description config: the configuration of the program says it, and it is changed there
             * @enum {string}
             */
            origin: "hand" | "config";
            pauses: {
                [key: string]: string[];
            };
            position: number;
            /** @enum {string} */
            reopen: "" | "continue" | "restart" | "ignore";
            retired: boolean;
            steps: components["schemas"]["Step"][];
            targets: {
                [key: string]: components["schemas"]["Target"];
            };
            /** Format: date-time */
            valid_from: string;
            version: number;
        };
        PolicyBody: {
            /** @description empty: every hour counts */
            calendar_id?: string;
            /** @description empty lists match everything */
            match?: components["schemas"]["Match"];
            name: string;
            /** @description clocks that a state, or a category, pauses; left out: pending and snoozed pause all but the first response */
            pauses?: {
                [key: string]: string[];
            };
            /** @description the first policy that matches wins, lowest position first */
            position?: number;
            /** @enum {string} */
            reopen?: "" | "continue" | "restart" | "ignore";
            /** @description the ladder */
            steps?: components["schemas"]["Step"][];
            /** @description by clock: first_response, next_response, update, resolution */
            targets: {
                [key: string]: components["schemas"]["Target"];
            };
            /**
             * Format: date-time
             * @description in force for clocks that start from then on; left out or past: from now on
             */
            valid_from?: string;
            /** @description the one that was seen; a newer one refuses the change. Left out or 0: any */
            version?: number;
        };
        PolicyName: {
            id: string;
            name: string;
            version: number;
        };
        Preferences: {
            /**
             * @description of the pages and of mails to oneself; empty: the browser's, and the desk's
             * @enum {string}
             */
            locale: "de" | "en" | "";
            /**
             * @description whether keys without a modifier do something; empty: what the browser was told
             * @enum {string}
             */
            shortcuts: "on" | "off" | "";
            /**
             * @description empty: what the browser was told
             * @enum {string}
             */
            theme: "auto" | "light" | "dark" | "";
        };
        Presence: {
            id: string;
            name: string;
            /** Format: date-time */
            since: string;
            /** @enum {string} */
            state: "viewing" | "replying";
        };
        Previous: {
            created_today: number | null;
            first_response_p50_seconds: number | null;
            resolved_today: number | null;
            sla_attainment_7d: number | null;
        };
        Problem: {
            /** @description a sentence for the person who asked */
            detail?: string;
            /** @description the inputs at fault */
            errors?: components["schemas"]["FieldError"][];
            /** @description path of the request */
            instance: string;
            /** @description the permission that is missing */
            permission?: string;
            request_id: string;
            status: number;
            title: string;
            /** @description urn:ticketkit:problem: and a constant word */
            type: string;
        };
        Proof: {
            desk: string;
            format: string;
            /** Format: date-time */
            generated_at: string | null;
            /** @description the desk's own version, with notes */
            internal: boolean;
            key_id: string;
            number: number;
            /**
             * @description why it is not
             * @enum {string}
             */
            reason: "" | "unsigned" | "unknown_key" | "changed";
            ticket_id: string;
            valid: boolean;
        };
        Queue: {
            /** Format: date-time */
            created_at: string;
            /** @description takes what names no queue */
            default: boolean;
            id: string;
            name: string;
        };
        Queued: {
            /** @enum {string} */
            status: "queued";
        };
        Rank: {
            agent_id: string;
            first_response: components["schemas"]["Durations"];
            name: string;
            rating: components["schemas"]["Ratings"] | null;
            reopened: number;
            resolved: number;
            sla: components["schemas"]["Share"];
        };
        Ranking: {
            anonymous: boolean;
            items: components["schemas"]["Rank"][];
            left_out: number;
            minimum: number;
        };
        RankingSettings: {
            /** @description numbers in place of names, except one's own */
            anonymous: boolean;
            /** @description who has resolved and first answered less together is left out */
            minimum: number;
            /** @description there is no ranking */
            off: boolean;
            version: number;
        };
        Ratings: {
            average: number | null;
            positive: components["schemas"]["Share"];
        };
        Reason: {
            /** @description for the desk, not for the requester */
            reason?: string;
        };
        RenameTag: {
            /** @description the new name */
            name: string;
        };
        Rendered: {
            priority: string;
            status: string;
            tags: string[];
            text: string;
        };
        RenderMacro: {
            /**
             * @description left out: the ticket's
             * @enum {string}
             */
            lang?: "de" | "en" | "";
            /** @description id or number */
            ticket: string;
        };
        Report: {
            /** Format: date-time */
            from: string;
            lines: components["schemas"]["ReportLine"][];
            /** Format: date-time */
            to: string;
        };
        ReportLine: {
            /** @description met / (met + missed) */
            attainment: number | null;
            /** @enum {string} */
            clock: "first_response" | "next_response" | "update" | "resolution";
            met: number;
            missed: number;
            /** @description of missed: because a policy, priority or queue was changed */
            missed_by_change: number;
            /** @description its name */
            policy: string;
            policy_id: string;
            policy_version: number;
        };
        Revise: {
            body: string;
        };
        Role: {
            /** @description cannot be changed */
            builtin: boolean;
            /** Format: date-time */
            created_at: string | null;
            description: string;
            name: string;
            permissions: components["schemas"]["RolePermission"][];
            /** Format: date-time */
            updated_at: string | null;
            /** @description 0 for built-in roles */
            version: number;
        };
        RolePermission: {
            permission: string;
            /**
             * @description of a permission to read: own tickets, those of the queues that the role is granted for, or all whatever the grant; left out: queue
             * @enum {string}
             */
            scope: "own" | "queue" | "all";
        };
        Session: {
            address: string;
            /** Format: date-time */
            created_at: string;
            /** @description the one that asks */
            current: boolean;
            /** Format: date-time */
            expires_at: string;
            id: string;
            /** Format: date-time */
            last_seen_at: string;
            /** @description made for a browser */
            panel: boolean;
            user_agent: string;
        };
        SessionToken: {
            /** Format: date-time */
            expires_at: string;
            token: string;
            user: components["schemas"]["SessionUser"];
        };
        SessionUser: {
            id: string;
            must_change_password: boolean;
            role: string;
            username: string;
        };
        Share: {
            n: number;
            of: number;
            rate: number | null;
        };
        Simulate: {
            /** @description that the policy is to go by; left out: the one that it names */
            calendar?: components["schemas"]["CalendarBody"];
            /**
             * Format: date-time
             * @description tickets created at or after this time
             */
            from: string;
            policy: components["schemas"]["PolicyBody"];
            /**
             * Format: date-time
             * @description and before this one, at most 366 days later
             */
            to: string;
        };
        Simulation: {
            clocks: components["schemas"]["Comparison"][];
            /** @description how many were looked at; at most 200 */
            tickets: number;
            /** @description there were more in the period */
            truncated: boolean;
        };
        Sla: {
            /** @description a clock was missed and is not stopped */
            breached: boolean;
            /** @description first_response, next_response, update or resolution: of the open clocks the one that is due first; empty when none is open */
            clock: string;
            /**
             * Format: date-time
             * @description null while paused
             */
            due_at: string | null;
            /** @description of working time until it is due; negative when late */
            remaining_seconds: number | null;
            /**
             * Format: date-time
             * @description since when it is pressing: less than a quarter of the target, or than 15 minutes, of working time is left; null unless it runs and is not late
             */
            soon_at: string | null;
            /**
             * @description none: nothing is promised; done: no clock is open
             * @enum {string}
             */
            state: "none" | "running" | "paused" | "overdue" | "done";
        };
        Snooze: {
            /**
             * Format: date-time
             * @description in the future, at most a year ahead
             */
            until: string;
        };
        Source: {
            /** @description what to do about it; empty when it passes by itself */
            fix: string;
            id: string;
            /** @description since the process began */
            imported: number;
            /** @description age of the oldest item that is known and not in */
            lag_seconds: number;
            /** Format: date-time */
            last_contact: string | null;
            last_error: string;
            /** Format: date-time */
            last_error_at: string | null;
            /** Format: date-time */
            last_import: string | null;
            name: string;
            /** @description since the process began */
            parked: number;
            /** Format: date-time */
            retry_at: string | null;
            /** Format: date-time */
            since: string;
            /**
             * @description standby: another process has it; waiting: tried again soon; stopped: somebody has to act
             * @enum {string}
             */
            state: "connecting" | "ready" | "busy" | "standby" | "waiting" | "stopped";
        };
        Split: {
            /** @description 1 to 100; one message has to stay */
            message_ids: string[];
            /** @description id or name; left out: that of the old ticket */
            queue?: string;
            /** @description left out: that of the old ticket */
            subject?: string;
        };
        State: {
            /** @enum {string} */
            category: "new" | "open" | "pending" | "snoozed" | "resolved" | "closed" | "merged" | "spam";
            status: string;
        };
        Step: {
            actions: components["schemas"]["Action"][];
            /** @description seconds of working time behind it, for escalate */
            after: number;
            clock: string;
            /** @enum {string} */
            kind: "warn" | "escalate";
            /** @description seconds of working time before the due time, for warn */
            lead: number;
            only_in_hours: boolean;
        };
        Subject: {
            /** Format: date-time */
            created_at: string;
            /** @description channel and id, such as discord:1200000000000000001 */
            subject: string;
        };
        SubjectCode: {
            /** @description to enter in the channel, in Discord by /ticket link */
            code: string;
            /** Format: date-time */
            expires_at: string;
        };
        Tag: {
            tag: string;
            /** @description how many of the tickets that one may read have it */
            tickets: number;
        };
        Tags: {
            add?: string[];
            remove?: string[];
        };
        Target: {
            all: number;
            by_priority: {
                [key: string]: number;
            };
        };
        Ticket: {
            assignee: components["schemas"]["Assignee"] | null;
            /** @enum {string} */
            category: "new" | "open" | "pending" | "snoozed" | "resolved" | "closed" | "merged" | "spam";
            channel: string;
            /** Format: date-time */
            created_at: string;
            demo: boolean;
            /** @description how often it was escalated since it was last resolved */
            escalation: number;
            fields: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            first_response_at: string | null;
            id: string;
            merged_into: string | null;
            /** @description what people say: #1042 */
            number: number;
            preview: string;
            /** @enum {string} */
            priority: "low" | "normal" | "high" | "urgent";
            /** @description name of the queue */
            queue: string;
            queue_id: string;
            requester: components["schemas"]["Person"];
            /** Format: date-time */
            resolved_at: string | null;
            sla: components["schemas"]["Sla"];
            /** Format: date-time */
            snoozed_until: string | null;
            source: string;
            /** @description name of a state: new, open, pending, snoozed, resolved, closed, merged, spam or one of the desk's own */
            status: string;
            subject: string;
            tags: string[];
            /** Format: date-time */
            updated_at: string;
            /** @description also the entity tag */
            version: number;
        };
        TicketClocks: {
            /**
             * Format: date-time
             * @description the moment for which this was worked out
             */
            at: string;
            clocks: components["schemas"]["Clock"][];
            /** @description that of the newest clock */
            policy: components["schemas"]["PolicyName"] | null;
        };
        Token: {
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string | null;
            id: string;
            /** Format: date-time */
            last_used_at: string | null;
            name: string;
            /** @description first characters of the secret, to recognise it by */
            prefix: string;
            /** @description what it may do at most */
            scopes: string[];
        };
        Undo: {
            /** @description the undo of the bulk change */
            token: string;
        };
        User: {
            active: boolean;
            /** Format: date-time */
            created_at: string;
            /** @description where they are told about tickets; empty is nowhere */
            email: string;
            /** @description signs in with the host's own login */
            external: boolean;
            /** @description what the account was granted; role and queues are the short form */
            grants: components["schemas"]["Grant"][];
            id: string;
            /** Format: date-time */
            last_login_at: string | null;
            must_change_password: boolean;
            /** @description display name; empty shows the username */
            name: string;
            /** @description the queues that the account is limited to; empty is no limit */
            queues: string[];
            role: string;
            username: string;
        };
        View: {
            builtin: boolean;
            columns: string[];
            /** @description as in q of tickets */
            filter: string;
            /** @description of a default one: mine, unassigned, open, due, breached, escalated, mentioned, snoozed, closed */
            id: string;
            name: string;
            position: number;
            shared: boolean;
            sort: string;
            version: number;
        };
        ViewCount: {
            count: number;
            id: string;
            /** @description there are at least as many */
            more: boolean;
        };
        Waiting: {
            oldest_seconds: number | null;
            open: number;
        };
        Window: {
            /** @description up to 24:00 */
            close: string;
            /** @description 08:00 */
            open: string;
        };
    };
    responses: {
        /** @description a problem (RFC 9457) */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listChannels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Channel"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listFields: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Field"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createField: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewField"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Field"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    editField: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditField"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Field"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listJobs: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before */
                cursor?: string;
                /** @description kinds of job, separated by commas */
                kind?: string;
                /** @description items of a page, 1 to 100 */
                limit?: number;
                /** @description pending, leased, done, dead, separated by commas */
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Job"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    dropJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    retryJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listMailboxes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Mailbox"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createMailbox: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMailbox"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mailbox"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteMailbox: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    editMailbox: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditMailbox"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mailbox"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    checkMailbox: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Finding"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    mailboxLogin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailboxLogin"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    beginMailboxLogin: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailboxLogin"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listPanels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Panel"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createPanel: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPanel"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Panel"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deletePanel: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    editPanel: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditPanel"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Panel"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listPermissions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Permission"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listRoles: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Role"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createRole: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRole"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteRole: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    editRole: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditRole"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before */
                cursor?: string;
                /** @description items of a page, 1 to 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["User"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    editUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditUser"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listUserLinks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Subject"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    linkUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                subject: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    unlinkUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                subject: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listUserTokens: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Token"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    revokeUserToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                tid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listAgents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Agent"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    analytics: {
        parameters: {
            query?: {
                /** @description me or the id of an account: only what this one did */
                agent?: string;
                /** @description names of channels */
                channel?: string;
                /** @description json; csv: a table for programs (RFC 4180); excel: one that a spreadsheet opens by a double click, with a byte order mark, and for whoever prefers German in Accept-Language with semicolons between the cells and decimal commas */
                format?: string;
                /** @description at or after this time (RFC 3339), or this date (2026-01-31) in the zone; left out: 30 days before to */
                from?: string;
                /** @description low, normal, high, urgent */
                priority?: string;
                /** @description ids or names of queues */
                queue?: string;
                /** @description one tag */
                tag?: string;
                /** @description before this time, or this date; left out: now */
                to?: string;
                /** @description IANA name of the time zone of days and hours; left out: the desk's */
                zone?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Analytics"];
                    "text/csv": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    audit: {
        parameters: {
            query?: {
                /** @description id of who did it */
                actor?: string;
                /** @description next_cursor of the page before */
                cursor?: string;
                /** @description only what happened to the desk itself: users, queues, sign-ins */
                desk?: boolean;
                /** @description json; csv: a table for programs (RFC 4180); excel: one that a spreadsheet opens by a double click, with a byte order mark, and for whoever prefers German in Accept-Language with semicolons between the cells and decimal commas. A table needs audit:export; without limit it holds all that is found, with one the same page as JSON, the next cursor in the header X-Next-Cursor */
                format?: string;
                /** @description items of a page, 1 to 100 */
                limit?: number;
                /** @description at or after this time (RFC 3339) */
                since?: string;
                /** @description id of a ticket */
                ticket?: string;
                /** @description types of events, separated by commas */
                type?: string;
                /** @description before this time (RFC 3339) */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Event"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                    "text/csv": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    auditChain: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Chain"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createLinkCode: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubjectCode"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listOwnLinks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Subject"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteOwnLink: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                subject: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionToken"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Password"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionToken"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Session"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    bootstrap: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bootstrap"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getBranding: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Branding"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    setBranding: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBranding"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Branding"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    addImage: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    file: string;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Image"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    brandImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/*": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listContacts: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before */
                cursor?: string;
                /** @description items of a page, 1 to 100 */
                limit?: number;
                /** @description beginnings of words of the name or an address, all of which must be there */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Contact"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    editContact: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditContact"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    eraseContact: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erased"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    exportContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    mergeContacts: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MergeContact"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MergedContact"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listDrafts: {
        parameters: {
            query?: {
                /** @description id or number of a ticket */
                ticket?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Draft"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    followEvents: {
        parameters: {
            query?: {
                /** @description goes on behind this event, as the header Last-Event-ID does, which counts more */
                last_event_id?: string;
                /** @description id or number of the one ticket to follow */
                ticket?: string;
            };
            header?: {
                /** @description goes on behind this event; browsers send it by themselves */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    kpi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KPI"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    keepLastView: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LastView"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listMacros: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Macro"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createMacro: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMacro"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Macro"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    saveMacro: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMacro"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Macro"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteMacro: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    renderMacro: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RenderMacro"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rendered"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listMarks: {
        parameters: {
            query?: {
                /** @description 1 to 100 ids, separated by commas */
                tickets?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Mark"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    withdrawMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    reviseMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Revise"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    messageHTML: {
        parameters: {
            query?: {
                /** @description let images from the web in */
                images?: boolean;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    messageRaw: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "message/rfc822": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    resendMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listParked: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before */
                cursor?: string;
                /** @description items of a page, 1 to 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Parked"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteParked: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    parkedRaw: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    retryParked: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    editPreferences: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditPreferences"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preferences"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listQueues: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Queue"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createQueue: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewQueue"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteQueue: {
        parameters: {
            query?: {
                /** @description id or name of the queue to which the tickets go first */
                move_to?: string;
            };
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    editQueue: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditQueue"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    setQueueMailRules: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMailRules"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailRules"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    ranking: {
        parameters: {
            query?: {
                /** @description me or the id of an account: only what this one did */
                agent?: string;
                /** @description names of channels */
                channel?: string;
                /** @description json; csv: a table for programs (RFC 4180); excel: one that a spreadsheet opens by a double click, with a byte order mark, and for whoever prefers German in Accept-Language with semicolons between the cells and decimal commas */
                format?: string;
                /** @description at or after this time (RFC 3339), or this date (2026-01-31) in the zone; left out: 30 days before to */
                from?: string;
                /** @description low, normal, high, urgent */
                priority?: string;
                /** @description ids or names of queues */
                queue?: string;
                /** @description one tag */
                tag?: string;
                /** @description before this time, or this date; left out: now */
                to?: string;
                /** @description IANA name of the time zone of days and hours; left out: the desk's */
                zone?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ranking"];
                    "text/csv": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listMailRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["MailRules"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    setMailRules: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMailRules"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailRules"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    rankingSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RankingSettings"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    setRankingSettings: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRankingSettings"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RankingSettings"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listCalendars: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Calendar"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createCalendar: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CalendarBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Calendar"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getCalendar: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Calendar"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    saveCalendar: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CalendarBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Calendar"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    retireCalendar: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listPolicies: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Policy"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createPolicy: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PolicyBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Policy"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Policy"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    savePolicy: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PolicyBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Policy"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    retirePolicy: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    recomputeSLA: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queued"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    reportSLA: {
        parameters: {
            query?: {
                /** @description json; csv: a table for programs (RFC 4180); excel: one that a spreadsheet opens by a double click, with a byte order mark, and for whoever prefers German in Accept-Language with semicolons between the cells and decimal commas */
                format?: string;
                /** @description at or after this time (RFC 3339); left out: 30 days before to */
                from?: string;
                /** @description before this time (RFC 3339); left out: now */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                    "text/csv": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    simulateSLA: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Simulate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Simulation"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listTags: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Tag"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteTag: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                tag: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changed"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    renameTag: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                tag: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RenameTag"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changed"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listTickets: {
        parameters: {
            query?: {
                /** @description me, none, ids or names */
                assignee?: string;
                /** @description names of channels */
                channel?: string;
                /** @description next_cursor of the page before */
                cursor?: string;
                /** @description value of a custom field; each {key} is a parameter of its own */
                "field.{key}"?: string;
                /** @description items of a page, 1 to 100 */
                limit?: number;
                /** @description low, normal, high, urgent */
                priority?: string;
                /** @description words, "phrases", #1042, is:open, is:active, is:mentioned, requester:name, created:<7d, assignee:me, prio:high, tag:vip, queue:name, channel:email, status:pending, sla:<1h */
                q?: string;
                /** @description ids or names of queues */
                queue?: string;
                /** @description id of a contact */
                requester?: string;
                /** @description breached, due, none, or <1h: due within a time such as 30m, 4h, 2d */
                sla?: string;
                /** @description -updated_at, updated_at, -created_at, created_at, -number, number, -priority, priority */
                sort?: string;
                /** @description names of states, separated by commas */
                status?: string;
                /** @description tags, all of which must be there */
                tag?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Ticket"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTicket"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description entity tags that are at hand; 304 when one is current */
                "If-None-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    editTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditTicket"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    assignTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Assign"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    upload: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    file: string;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attachment"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    download: {
        parameters: {
            query?: {
                /** @description show a picture instead of saving it */
                inline?: boolean;
            };
            header?: never;
            path: {
                aid: string;
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    claimTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    closeTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    saveDraft: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
                kind: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewDraft"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Draft"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    escalateTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before */
                cursor?: string;
                /** @description items of a page, 1 to 100 */
                limit?: number;
                /** @description the other way round; a cursor goes on in the order that it is from */
                newest_first?: boolean;
                /** @description types of events, separated by commas */
                type?: string;
            };
            header?: never;
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Event"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listLinks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Link"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    linkTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLink"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Link"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    unlinkTicket: {
        parameters: {
            query?: {
                /** @description what the other ticket is to this one: related, parent, child, duplicate_of, duplicated_by, blocks, blocked_by */
                relation?: string;
            };
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
                other: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    mergeTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Merge"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listMessages: {
        parameters: {
            query?: {
                /** @description only messages with a greater n */
                after?: number;
                /** @description next_cursor of the page before */
                cursor?: string;
                /** @description items of a page, 1 to 100 */
                limit?: number;
                /** @description begin with the last page; its cursor leads to the one before */
                newest?: boolean;
            };
            header?: never;
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Message"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMessage"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listParticipants: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Participant"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listPresence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Presence"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    setPresence: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPresence"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    reopenTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    markSeen: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewMark"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mark"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    ticketSLA: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketClocks"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    snoozeTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Snooze"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    spamTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    splitTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Split"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    tagTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Tags"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    transcript: {
        parameters: {
            query?: {
                /** @description html, md, txt or json */
                format?: string;
                /** @description de or en; left out: the ticket's */
                lang?: string;
                /** @description the desk's own version, with notes */
                notes?: boolean;
            };
            header?: never;
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    unclaimTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
                /** @description entity tag of the version that the change is meant for; 412 when it has gone on */
                "If-Match"?: string;
            };
            path: {
                /** @description id or number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    bulk: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Bulk"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    undoBulk: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Undo"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["BulkResult"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Token"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewToken"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedToken"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    transcriptKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeySet"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    verifyTranscript: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    file: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proof"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listViews: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["View"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createView: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewView"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["View"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    saveView: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewView"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["View"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteView: {
        parameters: {
            query?: never;
            header?: {
                /** @description makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    countViews: {
        parameters: {
            query?: {
                /** @description ids of views, separated by commas; left out: all */
                ids?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ViewCount"][];
                        /** @description for the parameter cursor of the next call; null at the end */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
}
